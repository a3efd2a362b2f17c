/// A token reader that collects errors; shared by the parsers of all text forms.
struct Parser {
    private let tokens: [Token]
    private var index = 0
    private(set) var problems: [SourceError.Problem] = []
    /// The number of unexpected tokens, and whether one is in the first line.
    private var (unexpectedCount, beginsWrong) = (0, false)

    init(_ text: String) { tokens = Scanner.tokens(of: text) }

    /// The next token and the one after it.
    var token: Token { tokens[index] }
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    var isAtEnd: Bool { token.kind == .end }

    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    /// Consumes a character if it is next.
    mutating func take(_ character: Character) -> Bool {
        guard token.kind == .symbol(character) else { return false }
        advance()
        return true
    }

    /// Consumes one of the words, in any case, if it is next.
    mutating func take(word words: String...) -> Bool {
        guard case .word(let text) = token.kind, words.contains(text.lowercased()) else { return false }
        advance()
        return true
    }

    mutating func require(_ character: Character) throws(Unexpected) {
        guard take(character) else { throw unexpected("'\(character)'") }
    }

    /// Parses a 32-bit number with an optional sign, from -2147483648 to 4294967295.
    mutating func number(_ what: String = "a number") throws(Unexpected) -> UInt32 {
        let place = token
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard case .number(let magnitude) = token.kind else { throw unexpected(what) }
        advance()
        if !isNegative, let number = UInt32(exactly: magnitude) { return number }
        if isNegative, magnitude <= 0x8000_0000 { return 0 &- UInt32(magnitude) }
        note("the number does not fit in 32 bits", at: place)
        return 0
    }

    /// Parses an unsigned number that fits the integer type.
    mutating func field<Integer: FixedWidthInteger & UnsignedInteger>(
        _ what: String, as type: Integer.Type = Integer.self
    ) throws(Unexpected) -> Integer {
        guard case .number(let number) = token.kind else { throw unexpected(what) }
        defer { advance() }
        if let value = Integer(exactly: number) { return value }
        note("\(what) must be at most \(Integer.max)")
        return 0
    }

    /// An unexpected token. The error is already recorded; it is thrown only to abandon the statement.
    struct Unexpected: Error {}

    mutating func unexpected(_ expected: String) -> Unexpected {
        unexpectedCount += 1
        if token.line == tokens[0].line { beginsWrong = true }
        note("expected \(expected), found \(token.name)")
        return Unexpected()
    }

    mutating func note(_ text: String, at place: Token? = nil) {
        let place = place ?? token
        problems.append(SourceError.Problem(line: place.line, column: place.column, text: text))
    }

    /// Skips the rest of a line: the next statement probably begins on the next line.
    mutating func skip(line: Int) {
        while !isAtEnd, token.line == line { advance() }
    }

    /// Ends parsing and throws all errors in source order, if any. `instructions` is the number of instructions
    /// parsed.
    func finish(instructions: Int) throws(SourceError) {
        guard problems.isEmpty else {
            let ordered = problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
            // If the first line is not that of a program, the other lines must leave no doubt.
            let isCertain = instructions >= (beginsWrong ? 3 : 1)
            throw SourceError(problems: ordered, looksLikeProgram: isCertain && instructions >= unexpectedCount)
        }
    }
}
