/// One key of a map, and what stands behind it.
struct Entry {
    let key: String
    /// The keys around it and the key, with a dot between two.
    let path: String
    /// Where the key stands.
    let position: Position
    let node: YAMLNode
    let draft: ConfigurationParser

    /// The value, if it is of this kind; else a mistake is noted.
    func value<Value>(_ kind: ValueParser<Value>) -> Value? {
        guard let scalar = scalar(kind.meaning) else { return nil }
        do throws(ValueError) {
            return try kind.read(scalar.text)
        } catch {
            draft.note(error.message(key: key, text: scalar.text), at: scalar.position)
            return nil
        }
    }

    /// What `read` makes of the map behind the key; else a mistake is noted.
    func table<Value>(_ read: (Table) -> Value) -> Value? {
        guard let table = Table(self) else { return nil }
        defer { table.refuseUnknownKeys() }
        return read(table)
    }

    /// The values of the list behind the key, each of this kind; else mistakes are noted.
    func list<Value>(_ kind: ValueParser<Value>) -> [Value]? {
        guard let sequence = node.sequence else {
            noteWrongType("a list, such as [0, 1]")
            return nil
        }
        return sequence.compactMap {
            Entry(key: key, path: path, position: valuePosition, node: $0, draft: draft).value(kind)
        }
    }

    /// The value, or the values of a list that is not empty, each of this kind; else mistakes are noted.
    func values<Value>(_ kind: ValueParser<Value>) -> [Value] {
        guard let sequence = node.sequence else { return value(kind).map { [$0] } ?? [] }
        if sequence.isEmpty { draft.note("'\(key)' is an empty list (it has one value at least)", at: valuePosition) }
        return list(kind) ?? []
    }

    /// The text behind the key and where it stands; else a mistake is noted.
    func scalar(_ expected: String) -> (text: String, position: Position)? {
        guard let scalar = node.scalar, found == nil else {
            noteWrongType(expected)
            return nil
        }
        return (scalar.text, valuePosition)
    }

    /// Whether the value is a map that has a certain key.
    func isMap(with key: String) -> Bool { node.value(of: key) != nil }

    /// Notes that something else was expected here.
    func noteWrongType(_ expected: String) {
        let found = found ?? "'\(node.scalar?.text ?? "")'"
        if found == Entry.nothing {
            draft.note("'\(key)' has no value (it is \(expected))", at: position)
        } else {
            draft.note("'\(key)' is \(expected), not \(found)", at: valuePosition)
        }
    }

    /// Where the value stands.
    var valuePosition: Position { node.position }

    /// What there is instead of a text; nil when it is one.
    private var found: String? {
        switch node.content {
        case .mapping: "a map"
        case .sequence: "a list"
        case .scalar(let scalar): scalar.tag.map { "something tagged \($0)" } ?? (isNull(scalar) ? Entry.nothing : nil)
        }
    }

    private static let nothing = "nothing"

    /// Whether YAML says that there is no value. Every other plain text is one.
    private func isNull(_ scalar: YAMLNode.Scalar) -> Bool {
        scalar.isPlain && ["", "~", "null"].contains(scalar.text)
    }
}
