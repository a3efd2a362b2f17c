extension Program {
    /// Parses a program in assembly, in decimal or as a C array. The first character outside comments determines the
    /// form.
    ///
    /// Throws a ``SourceError`` with every error in the text.
    public init(text: String) throws(SourceError) {
        switch firstCharacter(of: text) {
        case "{": try self.init(cArray: text)
        case .some("0"..."9"): try self.init(decimal: text)
        default: try self.init(assembly: text)
        }
    }
}

/// The first character that is neither white space nor in a comment. All text forms may contain comments.
private func firstCharacter(of text: String) -> Character? {
    var rest = text[...]
    while let first = rest.first {
        if first.isWhitespace {
            rest = rest.dropFirst()
        } else if rest.hasPrefix("/*") {
            while !rest.isEmpty, !rest.hasPrefix("*/") { rest = rest.dropFirst() }
            rest = rest.dropFirst(2)
        } else if first == ";" || first == "#" {
            rest = rest.drop { !$0.isNewline }
        } else {
            return first
        }
    }
    return nil
}
