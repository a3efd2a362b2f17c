/// A key of a map, and its value.
struct Entry {
    let key: String
    /// The key with the keys around it, joined by periods.
    let path: String
    /// The position of the key.
    let position: Position
    let node: YAMLNode
    let parser: ConfigurationParser

    /// Parses the value; nil after an error, which is recorded.
    func value<Value>(_ kind: ValueParser<Value>) -> Value? {
        guard let scalar = scalar(kind.meaning) else { return nil }
        do throws(ValueError) {
            return try kind.read(scalar.text)
        } catch {
            parser.note(error.message(key: key, text: scalar.text), at: scalar.position)
            return nil
        }
    }

    /// Reads the value as a map; nil after an error, which is recorded.
    func table<Value>(_ read: (Table) -> Value) -> Value? {
        guard let table = Table(self) else { return nil }
        defer { table.refuseUnknownKeys() }
        return read(table)
    }

    /// Parses the value as a list; nil if it is no list. Errors are recorded, and their elements omitted.
    func list<Value>(_ kind: ValueParser<Value>) -> [Value]? {
        guard let sequence = node.sequence else {
            noteWrongType("a list, such as [0, 1]")
            return nil
        }
        return sequence.compactMap {
            Entry(key: key, path: path, position: valuePosition, node: $0, parser: parser).value(kind)
        }
    }

    /// Parses a single value, or a list that must not be empty. Errors are recorded, and their elements omitted.
    func values<Value>(_ kind: ValueParser<Value>) -> [Value] {
        guard let sequence = node.sequence else { return value(kind).map { [$0] } ?? [] }
        if sequence.isEmpty {
            parser.note("'\(key)' is an empty list: it must have at least one value", at: valuePosition)
        }
        return list(kind) ?? []
    }

    /// The text of the value and its position; nil after an error, which is recorded.
    func scalar(_ expected: String) -> (text: String, position: Position)? {
        guard let scalar = node.scalar, found == nil else {
            noteWrongType(expected)
            return nil
        }
        return (scalar.text, valuePosition)
    }

    /// Whether the value is a map that contains `key`.
    func isMap(with key: String) -> Bool { node.value(of: key) != nil }

    /// Records that the value has the wrong type.
    func noteWrongType(_ expected: String) {
        let found = found ?? "'\(node.scalar?.text ?? "")'"
        if found == Entry.nothing {
            parser.note("'\(key)' has no value: it must be \(expected)", at: position)
        } else {
            parser.note("'\(key)' must be \(expected), got \(found)", at: valuePosition)
        }
    }

    /// The position of the value.
    var valuePosition: Position { node.position }

    /// What the value is instead of a text; nil if it is a text.
    private var found: String? {
        switch node.content {
        case .mapping: "a map"
        case .sequence: "a list"
        case .scalar(let scalar): scalar.tag.map { "a value tagged \($0)" } ?? (isNull(scalar) ? Entry.nothing : nil)
        }
    }

    private static let nothing = "nothing"

    /// Whether YAML defines the text as null. Every other plain text is a value.
    private func isNull(_ scalar: YAMLNode.Scalar) -> Bool {
        scalar.isPlain && ["", "~", "null"].contains(scalar.text)
    }
}
