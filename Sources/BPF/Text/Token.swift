/// A token of a program's text: a word, a number, or another single character. White space and comments separate
/// tokens.
struct Token: Equatable {
    enum Kind: Equatable {
        case word(String)
        /// Without its sign, which is a separate token.
        case number(UInt64)
        case symbol(Character)
        /// Digits and letters that do not form a number.
        case malformed(String)
        /// The start of an unterminated comment.
        case openComment
        case end
    }

    let kind: Kind
    let line: Int
    let column: Int

    /// The token as shown in error messages.
    var name: String {
        switch kind {
        case .word(let text): "'\(text)'"
        case .malformed(let text): "'\(text)'"
        case .number(let number): "\(number)"
        case .symbol(let character): "'\(character)'"
        case .openComment: "a comment without '*/'"
        case .end: "the end of the text"
        }
    }
}

/// Splits text into tokens. Comments are those of bpf_asm: `/* */`, `;` to the end of the line, and `#` at the start
/// of a line.
struct Scanner {
    private let characters: [Character]
    private var index = 0
    private var line = 1
    private var column = 1
    private var lineHasTokens = false

    init(_ text: String) { characters = Array(text) }

    /// All tokens of a text; the last one is `.end`.
    static func tokens(of text: String) -> [Token] {
        var scanner = Scanner(text)
        var tokens: [Token] = []
        repeat { tokens.append(scanner.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() -> Token {
        if let comment = skipBlanks() { return comment }
        let (line, column) = (line, column)
        guard index < characters.count else { return Token(kind: .end, line: line, column: column) }
        lineHasTokens = true
        let first = characters[index]
        if first.isWordCharacter {
            var text = ""
            while index < characters.count, characters[index].isWordCharacter { text.append(advance()) }
            return Token(kind: first.isNumber ? number(text) : .word(text), line: line, column: column)
        }
        return Token(kind: .symbol(advance()), line: line, column: column)
    }

    /// A number in C notation, or binary with the prefix `0b`.
    private func number(_ text: String) -> Token.Kind {
        let lower = text.lowercased()
        let value =
            if lower.hasPrefix("0x") {
                UInt64(lower.dropFirst(2), radix: 16)
            } else if lower.hasPrefix("0b") {
                UInt64(lower.dropFirst(2), radix: 2)
            } else if lower.hasPrefix("0"), lower.count > 1 {
                UInt64(lower.dropFirst(), radix: 8)
            } else {
                UInt64(lower)
            }
        return value.map { .number($0) } ?? .malformed(text)
    }

    /// Skips white space and comments. Returns a token for an unterminated comment, which is the last one before the
    /// end.
    private mutating func skipBlanks() -> Token? {
        while index < characters.count {
            let character = characters[index]
            if character.isWhitespace {
                advance()
            } else if character == ";" || (character == "#" && !lineHasTokens) {
                while index < characters.count, !characters[index].isNewline { advance() }
            } else if character == "/", index + 1 < characters.count, characters[index + 1] == "*" {
                let (line, column) = (line, column)
                if !skipComment() { return Token(kind: .openComment, line: line, column: column) }
            } else {
                return nil
            }
        }
        return nil
    }

    /// Skips a comment; returns whether it is terminated.
    private mutating func skipComment() -> Bool {
        advance()
        advance()
        while index < characters.count {
            let character = advance()
            if character == "*", index < characters.count, characters[index] == "/" {
                advance()
                return true
            }
        }
        return false
    }

    @discardableResult
    private mutating func advance() -> Character {
        let character = characters[index]
        index += 1
        if character.isNewline {
            line += 1
            column = 1
            lineHasTokens = false
        } else {
            column += 1
        }
        return character
    }
}

extension Character {
    fileprivate var isWordCharacter: Bool { self == "_" || self == "." || (isASCII && (isLetter || isNumber)) }
}
