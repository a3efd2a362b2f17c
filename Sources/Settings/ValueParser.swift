import Linux
import Rules
import SystemPackage

/// A kind of value: how to parse its text, and the words that describe it to an operator.
struct ValueParser<Value> {
    /// Completes the sentence "'KEY' is ...".
    let meaning: String
    let read: (_ text: String) throws(ValueError) -> Value

    init(meaning: String, read: @escaping (_ text: String) throws(ValueError) -> Value) {
        (self.meaning, self.read) = (meaning, read)
    }

    /// The same kind, restricted to values that satisfy a condition.
    func checked(_ expected: String, _ condition: @escaping (Value) -> Bool) -> ValueParser {
        ValueParser(meaning: meaning) { text throws(ValueError) in
            let value = try read(text)
            guard condition(value) else { throw .other(than: expected) }
            return value
        }
    }
}

/// Why a text is not a value of its kind.
enum ValueError: Error {
    /// The text is not what was expected: "'KEY' must be EXPECTED, got 'TEXT'", and possibly a hint.
    case other(than: String, hint: String = "")
    /// A complete message.
    case sentence(String)

    func message(key: String, text: String) -> String {
        switch self {
        case .other(let expected, let hint): "'\(key)' must be \(expected), got '\(text)'\(hint)"
        case .sentence(let sentence): sentence
        }
    }
}

extension ValueParser where Value == Int {
    /// A number without a unit.
    static func count(_ range: ClosedRange<Int>) -> ValueParser { number(range, in: .none) }

    /// Packets.
    static func packets(_ range: ClosedRange<Int>) -> ValueParser { number(range, in: .packets) }

    /// Bytes.
    static func size(_ range: ClosedRange<Int>, multipleOf step: Int = 1) -> ValueParser {
        number(range, in: .size).checked("a multiple of \(step) bytes") { $0.isMultiple(of: step) }
    }

    /// Bytes; a power of two, as the ring's blocks require.
    static func powerOfTwo(_ range: ClosedRange<Int>) -> ValueParser {
        number(range, in: .size).checked("a power of two, such as 1MiB") { $0.nonzeroBitCount == 1 }
    }

    /// The number of a processor that this process may run on.
    static var processor: ValueParser {
        let allowed = Processors.allowed
        return ValueParser(meaning: "the number of a processor") { text throws(ValueError) in
            guard let number = Int(text), allowed.contains(number) else {
                let numbers = allowed.map(String.init).joined(separator: ", ")
                throw .other(than: "the number of a processor that this process may use (\(numbers))")
            }
            return number
        }
    }

    static func milliseconds(_ range: ClosedRange<Int>) -> ValueParser { number(range, in: .duration) }

    static func wholeSeconds(_ range: ClosedRange<Int>) -> ValueParser {
        let milliseconds = number(range.lowerBound * 1000...range.upperBound * 1000, in: .duration)
            .checked("a whole number of seconds") { $0.isMultiple(of: 1000) }
        return ValueParser(meaning: milliseconds.meaning) { text throws(ValueError) in
            try milliseconds.read(text) / 1000
        }
    }

    private static func number(_ range: ClosedRange<Int>, in units: Units) -> ValueParser {
        ValueParser(meaning: units.meaning) { text throws(ValueError) in
            guard let number = units.number(text) else { throw .other(than: units.meaning) }
            if number < range.lowerBound { throw .other(than: "at least \(units.text(range.lowerBound))") }
            if number > range.upperBound { throw .other(than: "at most \(units.text(range.upperBound))") }
            return number
        }
    }
}

extension ValueParser where Value == User {
    /// A user of this host.
    static var user: ValueParser {
        ValueParser(meaning: "the name of a user") { text throws(ValueError) in
            guard let user = User(named: text) else { throw .sentence("this host has no user '\(text)'") }
            return user
        }
    }
}

extension ValueParser where Value: CaseIterable & RawRepresentable<String> {
    /// A case of an enumeration.
    static var word: ValueParser {
        let words = Value.allCases.map(\.rawValue)
        let meaning = "\(words.dropLast().joined(separator: ", ")) or \(words.suffix(1).joined())"
        return ValueParser(meaning: meaning) { text throws(ValueError) in
            guard let value = Value(rawValue: text) else {
                throw .other(than: meaning, hint: Suggestion.hint(for: text, among: words, byMeaning: true))
            }
            return value
        }
    }
}

extension ValueParser where Value == Bool {
    /// `true` or `false`. YAML's `yes` and `on` are not accepted: one value has one spelling.
    static var flag: ValueParser {
        ValueParser(meaning: "true or false") { text throws(ValueError) in
            guard let value = Bool(text) else {
                let hint = Suggestion.hint(for: text, among: ["true", "false"], byMeaning: true)
                throw .other(than: "true or false", hint: hint)
            }
            return value
        }
    }
}

extension ValueParser where Value == String {
    /// A directory, without redundant slashes.
    static var path: ValueParser { path(of: "a directory") }

    /// A file that contains a program. The path is relative to the file that names it.
    static var programFile: ValueParser { path(of: "a file with a program, such as syn.bpf") }

    /// A file that contains a list of hosts. The path is relative to the file that names it.
    static var hostFile: ValueParser { path(of: "a file with addresses and networks, such as bad.txt") }

    /// Files with filters and captures. The path is relative to the configuration.
    static var includedFiles: ValueParser {
        path(of: "files to include, such as conf.d/*.yaml").checked("a path of which only the last part is a pattern") {
            !FilePath($0).removingLastComponent().string.contains { "*?[".contains($0) }
        }
    }

    private static func path(of what: String) -> ValueParser {
        ValueParser(meaning: "the path of \(what)") { text throws(ValueError) in
            guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw .other(than: "the path of \(what)")
            }
            return FilePath(text).string
        }
    }
}
