import Capture
import Linux
import SystemPackage

/// What a value must be: how its text is read, and the words for an operator who wrote something else.
struct Kind<Value> {
    /// Completes the sentence "'KEY' is ...".
    let meaning: String
    let read: (_ text: String) throws(Refusal) -> Value

    init(meaning: String, read: @escaping (_ text: String) throws(Refusal) -> Value) {
        (self.meaning, self.read) = (meaning, read)
    }

    /// The same, of which only some values will do.
    func checked(_ expected: String, _ condition: @escaping (Value) -> Bool) -> Kind {
        Kind(meaning: meaning) { text throws(Refusal) in
            let value = try read(text)
            guard condition(value) else { throw .other(than: expected) }
            return value
        }
    }
}

/// Why a text is not of its kind.
enum Refusal: Error {
    /// It says something else than what was expected: "'KEY' is EXPECTED, not 'TEXT'", and perhaps a hint.
    case other(than: String, hint: String = "")
    /// A sentence of its own.
    case sentence(String)

    func message(key: String, text: String) -> String {
        switch self {
        case .other(let expected, let hint): "'\(key)' is \(expected), not '\(text)'\(hint)"
        case .sentence(let sentence): sentence
        }
    }
}

extension Kind where Value == Int {
    /// A number without a unit.
    static func count(_ range: ClosedRange<Int>) -> Kind { number(range, in: .none) }

    /// Packets.
    static func packets(_ range: ClosedRange<Int>) -> Kind { number(range, in: .packets) }

    /// Bytes.
    static func size(_ range: ClosedRange<Int>, multipleOf step: Int = 1) -> Kind {
        number(range, in: .size).checked("a multiple of \(step) bytes") { $0.isMultiple(of: step) }
    }

    /// Bytes, as a ring's block counts them.
    static func powerOfTwo(_ range: ClosedRange<Int>) -> Kind {
        number(range, in: .size).checked("a power of two, such as 1MiB") { $0.nonzeroBitCount == 1 }
    }

    /// The number of a processor that this process may run on.
    static var processor: Kind {
        let allowed = Processors.allowed
        return Kind(meaning: "the number of a processor") { text throws(Refusal) in
            guard let number = Int(text), allowed.contains(number) else {
                let numbers = allowed.map(String.init).joined(separator: ", ")
                throw .other(than: "the number of a processor that this process may use: \(numbers)")
            }
            return number
        }
    }

    static func milliseconds(_ range: ClosedRange<Int>) -> Kind { number(range, in: .duration) }

    static func wholeSeconds(_ range: ClosedRange<Int>) -> Kind {
        let milliseconds = number(range.lowerBound * 1000...range.upperBound * 1000, in: .duration)
            .checked("a whole number of seconds") { $0.isMultiple(of: 1000) }
        return Kind(meaning: milliseconds.meaning) { text throws(Refusal) in try milliseconds.read(text) / 1000 }
    }

    private static func number(_ range: ClosedRange<Int>, in units: Units) -> Kind {
        Kind(meaning: units.meaning) { text throws(Refusal) in
            guard let number = units.number(text) else { throw .other(than: units.meaning) }
            if number < range.lowerBound { throw .other(than: "at least \(units.text(range.lowerBound))") }
            if number > range.upperBound { throw .other(than: "at most \(units.text(range.upperBound))") }
            return number
        }
    }
}

extension Kind where Value == User {
    /// An account of this host.
    static var user: Kind {
        Kind(meaning: "the name of a user") { text throws(Refusal) in
            guard let user = User(named: text) else { throw .sentence("this host has no user '\(text)'") }
            return user
        }
    }
}

extension Kind where Value: CaseIterable & RawRepresentable<String> {
    /// One of the words of an enumeration.
    static var word: Kind {
        let words = Value.allCases.map(\.rawValue)
        let meaning = "\(words.dropLast().joined(separator: ", ")) or \(words.suffix(1).joined())"
        return Kind(meaning: meaning) { text throws(Refusal) in
            guard let value = Value(rawValue: text) else {
                throw .other(than: meaning, hint: Suggestion.hint(for: text, among: words, byMeaning: true))
            }
            return value
        }
    }
}

extension Kind where Value == Bool {
    /// Not YAML's `yes` and `on`: one way to say it.
    static var flag: Kind {
        Kind(meaning: "true or false") { text throws(Refusal) in
            guard let value = Bool(text) else {
                let hint = Suggestion.hint(for: text, among: ["true", "false"], byMeaning: true)
                throw .other(than: "true or false", hint: hint)
            }
            return value
        }
    }
}

extension Kind where Value == String {
    /// A directory, without the slashes that say nothing.
    static var path: Kind { path(of: "a directory") }

    /// A file with a program in it, relative to the configuration's own.
    static var programFile: Kind { path(of: "a file with a program, such as syn.bpf") }

    /// A file with a list of hosts in it, relative to the configuration's own.
    static var hostFile: Kind { path(of: "a file with addresses and networks, such as bad.txt") }

    private static func path(of what: String) -> Kind {
        Kind(meaning: "the path of \(what)") { text throws(Refusal) in
            guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw .other(than: "the path of \(what)")
            }
            return FilePath(text).string
        }
    }
}
