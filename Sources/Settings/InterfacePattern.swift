import Glibc

/// The interfaces a capture listens on: one name, or a shell pattern over names, such as `eth*`. See fnmatch(3).
public struct InterfacePattern: Equatable, Hashable, Sendable {
    public let text: String

    public init(_ text: String) { self.text = text }

    /// Whether it may match several names: it contains `*`, `?` or `[`.
    public var isPattern: Bool { text.contains { "*?[".contains($0) } }

    /// Whether the interface `name` is meant. A backslash means itself, as in a name.
    public func matches(_ name: String) -> Bool { unsafe fnmatch(text, name, FNM_NOESCAPE) == 0 }
}

extension Kind where Value == InterfacePattern {
    /// What the kernel takes as a name (dev_valid_name, net/core/dev.c), or a pattern.
    static var interface: Kind {
        Kind(meaning: "the name of an interface, or a pattern such as 'eth*'") { text throws(Refusal) in
            guard !text.isEmpty else { throw .other(than: "the name of an interface, or a pattern such as 'eth*'") }
            let pattern = InterfacePattern(text)
            guard !text.contains(where: { $0 == "/" || $0 == ":" || $0.isWhitespace }) else {
                throw .sentence("'\(text)' cannot name an interface (no name has a blank, '/' or ':' in it)")
            }
            if !pattern.isPattern && text.utf8.count > 15 {
                throw .sentence("'\(text)' cannot name an interface (a name has at most 15 characters)")
            }
            if hasOpenBracket(text) { throw .sentence("the pattern '\(text)' has a '[' without ']'") }
            return pattern
        }
    }

    /// fnmatch(3) takes a `[` that nothing closes for a plain character, which no operator means.
    private static func hasOpenBracket(_ text: String) -> Bool {
        guard let open = text.firstIndex(of: "[") else { return false }
        var set = text[text.index(after: open)...]
        if set.first == "!" || set.first == "^" { set = set.dropFirst() }
        guard let close = set.dropFirst().firstIndex(of: "]") else { return true }
        return hasOpenBracket(String(set[set.index(after: close)...]))
    }
}
