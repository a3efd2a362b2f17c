/// Reads tokens one after the other and keeps the mistakes: what the readers of all text forms have in common.
struct Parser {
    private let tokens: [Token]
    private var index = 0
    private(set) var mistakes: [SourceError.Problem] = []
    /// How often something stood where something else was expected, and whether in the first line.
    private var (unexpectedCount, beginsWrong) = (0, false)

    init(_ text: String) { tokens = Scanner.tokens(of: text) }

    /// The next token, and the one after it.
    var token: Token { tokens[index] }
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    var isAtEnd: Bool { token.kind == .end }

    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    /// Takes a character, if it is the next one.
    mutating func take(_ character: Character) -> Bool {
        guard token.kind == .symbol(character) else { return false }
        advance()
        return true
    }

    /// Takes one of some words, in upper or lower case, if it is the next one.
    mutating func take(word words: String...) -> Bool {
        guard case .word(let text) = token.kind, words.contains(text.lowercased()) else { return false }
        advance()
        return true
    }

    mutating func require(_ character: Character) throws(Unexpected) {
        guard take(character) else { throw unexpected("'\(character)'") }
    }

    /// A number of 32 bits, with or without a sign: from -2147483648 to 4294967295.
    mutating func number(_ what: String = "a number") throws(Unexpected) -> UInt32 {
        let place = token
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard case .number(let magnitude) = token.kind else { throw unexpected(what) }
        advance()
        if !isNegative, let number = UInt32(exactly: magnitude) { return number }
        if isNegative, magnitude <= 0x8000_0000 { return 0 &- UInt32(magnitude) }
        note("the number does not fit into 32 bits", at: place)
        return 0
    }

    /// A number of so many bits, without a sign.
    mutating func field<Integer: FixedWidthInteger & UnsignedInteger>(
        _ what: String, as type: Integer.Type = Integer.self
    ) throws(Unexpected) -> Integer {
        guard case .number(let number) = token.kind else { throw unexpected(what) }
        defer { advance() }
        if let value = Integer(exactly: number) { return value }
        note("\(what) must be \(Integer.max) at most")
        return 0
    }

    /// Something stands where something else was expected. The mistake is noted already; thrown only to leave the statement.
    struct Unexpected: Error {}

    mutating func unexpected(_ expected: String) -> Unexpected {
        unexpectedCount += 1
        if token.line == tokens[0].line { beginsWrong = true }
        note("expected \(expected), found \(token.name)")
        return Unexpected()
    }

    mutating func note(_ text: String, at place: Token? = nil) {
        let place = place ?? token
        mistakes.append(SourceError.Problem(line: place.line, column: place.column, text: text))
    }

    /// Leaves the rest of a line: a new statement is likely to begin with the next one.
    mutating func skip(line: Int) {
        while !isAtEnd, token.line == line { advance() }
    }

    /// Ends reading: all mistakes at once, in the order of the text. `instructions` is how many were read.
    func finish(instructions: Int) throws(SourceError) {
        guard mistakes.isEmpty else {
            let ordered = mistakes.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            // Where the first line is none of a program, the rest must leave no doubt.
            let isCertain = instructions >= (beginsWrong ? 3 : 1)
            throw SourceError(mistakes: ordered, looksLikeProgram: isCertain && instructions >= unexpectedCount)
        }
    }
}
