/// A map being read. It hands out values by key and notes what is wrong with them; whatever key nobody asked for is
/// unknown, so the code that reads a map is also the list of its keys.
final class Table {
    private let draft: ConfigurationParser
    private let path: String
    /// Where complaints about what is missing go.
    let position: Position
    private let entries: [Entry]
    private var known: [String] = []
    /// How many mistakes the file had before this map was read.
    private let mistakesBefore: Int

    /// The map behind a key; when there is something else, that is a mistake.
    init?(_ entry: Entry) {
        guard let mapping = entry.node.mapping else {
            entry.noteWrongType("a map")
            return nil
        }
        (draft, path, position) = (entry.draft, entry.path, entry.position)
        mistakesBefore = entry.draft.mistakes.count
        entries = mapping.compactMap { key, value in
            guard let name = key.scalar?.text else {
                entry.draft.note("a key is a word, not a list or a map", at: key.position)
                return nil
            }
            let path = entry.path.isEmpty ? name : entry.path + "." + name
            return Entry(key: name, path: path, position: key.position, node: value, draft: entry.draft)
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The value of a key; nil when it is absent, or wrong.
    func value<Value>(_ key: String, _ kind: ValueParser<Value>) -> Value? { entry(key)?.value(kind) }

    /// The value of a key, or its default.
    func value<Value>(_ key: String, _ kind: ValueParser<Value>, default standard: Value) -> Value {
        value(key, kind) ?? standard
    }

    /// The value of a key that must be there.
    func required<Value>(_ key: String, _ kind: ValueParser<Value>) -> Value? {
        guard let entry = entry(key) else {
            draft.note("'\(key)' is missing (it is \(kind.meaning))", at: position)
            return nil
        }
        return entry.value(kind)
    }

    /// The values of a key that must be there: one, or a list of them that is not empty. None after a mistake.
    func requiredValues<Value>(_ key: String, _ kind: ValueParser<Value>) -> [Value] {
        guard let entry = entry(key) else {
            draft.note("'\(key)' is missing (it is \(kind.meaning))", at: position)
            return []
        }
        return entry.values(kind)
    }

    /// The values of a key: one, or a list of them that is not empty. None when it is absent, or wrong.
    func values<Value>(_ key: String, _ kind: ValueParser<Value>) -> [Value] { entry(key)?.values(kind) ?? [] }

    /// The values of the list behind a key; none when it is absent, or wrong.
    func list<Value>(_ key: String, _ kind: ValueParser<Value>) -> [Value] { entry(key)?.list(kind) ?? [] }

    /// What `read` makes of the map behind a key; nil when it is absent, or no map.
    func table<Value>(_ key: String, _ read: (Table) -> Value) -> Value? { entry(key)?.table(read) }

    /// The entries of the map behind a key; their keys are names that the operator chose, each of a `what`.
    func named(_ key: String, _ what: String, atLeastOne: Bool = false) -> [Entry] {
        guard let entry = entry(key) else {
            if atLeastOne { draft.note("'\(key)' is missing (it names at least one \(what))", at: position) }
            return []
        }
        guard let table = Table(entry) else { return [] }
        if atLeastOne && table.isEmpty {
            draft.note("'\(key)' is empty (it names at least one \(what))", at: entry.position)
        }
        return table.entries.filter { entry in
            let isName = Name.isValid(entry.key)
            if !isName { draft.note("'\(entry.key)' cannot name a \(what) (\(Name.rule))", at: entry.position) }
            return isName
        }
    }

    /// Refuses keys that a later release will bring.
    func notYet(_ keys: String...) {
        for entry in entries where keys.contains(entry.key) {
            draft.note("'\(entry.key)' is not supported yet", at: entry.position)
        }
        hidden += keys
    }

    /// Refuses every key but these, since the file is one that another includes.
    func allowOnly(_ keys: String...) {
        let allowed = keys.map { "'\($0)'" }.joined(separator: " and ")
        for entry in entries where !keys.contains(entry.key) {
            draft.note("'\(entry.key)' cannot stand in an included file (only \(allowed) can)", at: entry.position)
            hidden.append(entry.key)
        }
    }

    /// Notes a mistake about the value of a key.
    func note(_ message: String, at key: String) { draft.note(message, at: position(of: key)) }

    /// Notes that the value of a key is allowed, and probably not meant.
    func warn(_ message: String, at key: String) { draft.warn(message, at: position(of: key)) }

    /// Notes a mistake that values make together, unless one of them is a mistake by itself.
    func ensure(_ condition: Bool, at key: String? = nil, _ message: @autoclosure () -> String) {
        guard !condition, draft.mistakes.count == mistakesBefore else { return }
        draft.note(message(), at: key.map(position(of:)) ?? position)
    }

    /// Where a key's value stands; the map, when the key is absent.
    func position(of key: String) -> Position { entries.first { $0.key == key }?.valuePosition ?? position }

    /// Notes every key that nobody asked for.
    func refuseUnknownKeys() {
        for entry in entries where !known.contains(entry.key) && !hidden.contains(entry.key) {
            let hint = Suggestion.hint(for: entry.key, among: known, byMeaning: true)
            draft.note("unknown key '\(entry.key)'\(hint)", at: entry.position)
        }
    }

    /// Known, but nothing to suggest.
    private var hidden: [String] = []

    private func entry(_ key: String) -> Entry? {
        known.append(key)
        draft.ask(for: path.isEmpty ? key : path + "." + key)
        return entries.first { $0.key == key }
    }
}
