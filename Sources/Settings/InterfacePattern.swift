import Glibc

/// The name of an interface, or a shell pattern for names, such as `eth*`. Source: fnmatch(3).
package struct InterfacePattern: Equatable, Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// Whether the text may match several names: it contains `*`, `?` or `[` without a backslash in front of it.
    package var isPattern: Bool {
        var isEscaped = false
        for character in text {
            if !isEscaped && "*?[".contains(character) { return true }
            isEscaped = !isEscaped && character == "\\"
        }
        return false
    }

    /// Whether the text matches an interface's name. A backslash makes the next character literal, as in a shell, and
    /// also matches itself, as in `InterfaceName`.
    package func matches(_ name: String) -> Bool {
        unsafe fnmatch(text, name, 0) == 0 || fnmatch(text, name, FNM_NOESCAPE) == 0
    }
}

extension ValueParser where Value == InterfacePattern {
    private static let meaning = "the name of an interface, or a pattern such as 'eth*'"
    /// The greatest length of an alternative name, in bytes (ALTIFNAMSIZ, linux/if.h).
    private static let longest = 127

    /// A name that the kernel accepts (dev_valid_name, net/core/dev.c), or a pattern.
    static var interface: ValueParser {
        ValueParser(meaning: meaning) { text throws(ValueError) in
            guard !text.isEmpty else { throw .other(than: meaning) }
            let pattern = InterfacePattern(text)
            guard !text.contains(where: { $0 == "/" || $0 == ":" || $0.isWhitespace }) else {
                throw .sentence("'\(text)' cannot name an interface (a name contains no blank, '/' or ':')")
            }
            if let advice = advice(on: text) { throw .sentence("'\(text)' cannot name an interface (\(advice))") }
            if !pattern.isPattern && text.utf8.count > longest {
                throw .sentence(
                    "'\(text)' cannot name an interface (a name has at most 15 characters, an alternative name "
                        + "\(longest))"
                )
            }
            if hasOpenBracket(text) { throw .sentence("the pattern '\(text)' has a '[' without ']'") }
            return pattern
        }
    }

    /// The replacement for syntax that other tools accept.
    private static func advice(on text: String) -> String? {
        if text == "any" { return "write \"*\" for every interface" }
        if text.hasPrefix("!") {
            return "list the exceptions under 'except', such as 'except: [\(text.dropFirst())]'"
        }
        if text.contains(",") { return "write several as a list, such as '[eth0, eth1]'" }
        return nil
    }

    /// fnmatch(3) takes a `[` without `]` literally, which is never intended.
    private static func hasOpenBracket(_ text: String) -> Bool {
        guard let open = text.firstIndex(where: { $0 == "[" || $0 == "\\" }) else { return false }
        if text[open] == "\\" { return hasOpenBracket(String(text[open...].dropFirst(2))) }
        var set = text[text.index(after: open)...]
        if set.first == "!" || set.first == "^" { set = set.dropFirst() }
        guard let close = set.dropFirst().firstIndex(of: "]") else { return true }
        return hasOpenBracket(String(set[set.index(after: close)...]))
    }
}
