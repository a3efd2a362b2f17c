import Rules

/// A map being read. It looks up values by key and records errors in them. A key that is never looked up is unknown,
/// so the code that reads a map is also the list of its keys.
final class Table {
    private let parser: ConfigurationParser
    private let path: String
    /// The position of errors about missing keys.
    let position: Position
    private let entries: [Entry]
    private var known: [String] = []
    /// The number of errors recorded before this map was read.
    private let errorsBefore: Int

    /// Reads the value of an entry as a map; nil after an error, which is recorded.
    init?(_ entry: Entry) {
        guard let mapping = entry.node.mapping else {
            entry.noteWrongType("a map")
            return nil
        }
        (parser, path, position) = (entry.parser, entry.path, entry.position)
        errorsBefore = entry.parser.diagnostics.count
        entries = mapping.compactMap { key, value in
            guard let name = key.scalar?.text else {
                entry.parser.note("a key must be a word, got a list or a map", at: key.position)
                return nil
            }
            let path = entry.path.isEmpty ? name : entry.path + "." + name
            return Entry(key: name, path: path, position: key.position, node: value, parser: entry.parser)
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// The value of a key; nil if it is absent or invalid.
    func value<Value>(_ key: String, _ kind: ValueParser<Value>) -> Value? { entry(key)?.value(kind) }

    /// The value of a key, or `standard` if it is absent or invalid.
    func value<Value>(_ key: String, _ kind: ValueParser<Value>, default standard: Value) -> Value {
        value(key, kind) ?? standard
    }

    /// The value of a required key.
    func required<Value>(_ key: String, _ kind: ValueParser<Value>) -> Value? {
        guard let entry = entry(key) else {
            parser.note("'\(key)' is missing: it must be \(kind.meaning)", at: position)
            return nil
        }
        return entry.value(kind)
    }

    /// The values of a required key: one, or a list that is not empty. Empty after an error.
    func requiredValues<Value>(_ key: String, _ kind: ValueParser<Value>) -> [Value] {
        guard let entry = entry(key) else {
            parser.note("'\(key)' is missing: it must be \(kind.meaning)", at: position)
            return []
        }
        return entry.values(kind)
    }

    /// The values of a key: one, or a list that is not empty. Empty if the key is absent or invalid.
    func values<Value>(_ key: String, _ kind: ValueParser<Value>) -> [Value] { entry(key)?.values(kind) ?? [] }

    /// The values of a list; empty if the key is absent or invalid.
    func list<Value>(_ key: String, _ kind: ValueParser<Value>) -> [Value] { entry(key)?.list(kind) ?? [] }

    /// Reads the map of a key; nil if the key is absent or not a map.
    func table<Value>(_ key: String, _ read: (Table) -> Value) -> Value? { entry(key)?.table(read) }

    /// The entries of a map whose keys are names that the operator chose. `what` is the kind of thing that they name.
    func named(_ key: String, _ what: String, atLeastOne: Bool = false) -> [Entry] {
        guard let entry = entry(key) else {
            if atLeastOne { parser.note("'\(key)' is missing: it must name at least one \(what)", at: position) }
            return []
        }
        guard let table = Table(entry) else { return [] }
        if atLeastOne && table.isEmpty {
            parser.note("'\(key)' is empty: it must name at least one \(what)", at: entry.position)
        }
        return table.entries.filter { entry in
            let isName = Name.isValid(entry.key)
            if !isName { parser.note("'\(entry.key)' cannot name a \(what) (\(Name.rule))", at: entry.position) }
            return isName
        }
    }

    /// Rejects keys that a later release will support.
    func notYet(_ keys: String...) {
        for entry in entries where keys.contains(entry.key) {
            parser.note("'\(entry.key)' is not supported yet", at: entry.position)
        }
        hidden += keys
    }

    /// Rejects all other keys, as the file is included by another one.
    func allowOnly(_ keys: String...) {
        let allowed = keys.map { "'\($0)'" }.joined(separator: " and ")
        for entry in entries where !keys.contains(entry.key) {
            parser.note("'\(entry.key)' is not allowed in an included file (only \(allowed) are)", at: entry.position)
            hidden.append(entry.key)
        }
    }

    /// Records an error at the value of a key.
    func note(_ message: String, at key: String) { parser.note(message, at: position(of: key)) }

    /// Records a warning at the value of a key.
    func warn(_ message: String, at key: String) { parser.warn(message, at: position(of: key)) }

    /// Records an error about a combination of values, unless one of the values is invalid by itself.
    func ensure(_ condition: Bool, at key: String? = nil, _ message: @autoclosure () -> String) {
        guard !condition, parser.diagnostics.count == errorsBefore else { return }
        parser.note(message(), at: key.map(position(of:)) ?? position)
    }

    /// The position of a key's value, or of the map if the key is absent.
    func position(of key: String) -> Position { entries.first { $0.key == key }?.valuePosition ?? position }

    /// Records an error for each key that was never looked up.
    func refuseUnknownKeys() {
        for entry in entries where !known.contains(entry.key) && !hidden.contains(entry.key) {
            let hint = Suggestion.hint(for: entry.key, among: known, byMeaning: true)
            parser.note("unknown key '\(entry.key)'\(hint)", at: entry.position)
        }
    }

    /// Known keys that hints do not suggest.
    private var hidden: [String] = []

    private func entry(_ key: String) -> Entry? {
        known.append(key)
        parser.ask(for: path.isEmpty ? key : path + "." + key)
        return entries.first { $0.key == key }
    }
}
