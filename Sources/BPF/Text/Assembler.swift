/// Assembles programs from text, in the grammar of the kernel's bpf_asm (tools/bpf/bpf_exp.y) and the similar
/// notation of the paper.
///
///     start:  ldh [12]                   ; a label may precede any instruction
///             jeq #0x800, ip, drop       ; with one label, the other branch is the next instruction
///     ip:     ldx 4*([14]&0xf)
///             ld #vlan_tci               ; Linux's extensions, with or without the #
///             jne x, drop                ; jne, jlt and jle are the opposites of jeq, jge and jgt
///             ret #-1
///     drop:   ret #0
///
/// Keywords are case-insensitive, labels are case-sensitive. Extensions to bpf_asm: labels of one letter, named
/// constants, and `.insn OPCODE, JT, JF, K` for instructions without a notation.
struct Assembler {
    private var parser: Parser
    private let constants: [String: UInt32]
    private var instructions: [Instruction] = []
    /// The labels' positions and their uses.
    private var labels: [String: Int] = [:]
    private var uses: [Use] = []

    /// A use of a label in a jump.
    private struct Use {
        enum Field { case jt, jf, k }

        let name: String
        let token: Token
        let instruction: Int
        let field: Field
    }

    init(_ text: String, constants: [String: UInt32]) {
        parser = Parser(text)
        self.constants = constants
    }

    mutating func assemble() throws(SourceError) -> Program {
        while !parser.isAtEnd {
            let line = parser.token.line
            do {
                if try !label() { try instruction() }
            } catch {
                parser.skip(line: line)
            }
        }
        for use in uses { resolve(use) }
        try parser.finish(instructions: instructions.count)
        return Program(instructions)
    }

    // MARK: Labels

    private mutating func label() throws(Parser.Unexpected) -> Bool {
        guard case .word(let name) = parser.token.kind, parser.following.kind == .symbol(":") else { return false }
        if labels[name] == nil {
            labels[name] = instructions.count
        } else {
            parser.note("duplicate label '\(name)'")
        }
        parser.advance()
        parser.advance()
        return true
    }

    private mutating func target(_ field: Use.Field) throws(Parser.Unexpected) {
        guard case .word(let name) = parser.token.kind else { throw parser.unexpected("a label") }
        uses.append(Use(name: name, token: parser.token, instruction: instructions.count, field: field))
        parser.advance()
    }

    private mutating func resolve(_ use: Use) {
        guard let label = labels[use.name] else {
            return parser.note("unknown label '\(use.name)'", at: use.token)
        }
        guard label < instructions.count else {
            return parser.note("no instruction follows the label '\(use.name)'", at: use.token)
        }
        let distance = label - use.instruction - 1
        guard distance >= 0 else {
            return parser.note(
                "the label '\(use.name)' precedes the jump, but jumps only go forward", at: use.token)
        }
        guard use.field == .k || distance <= 255 else {
            return parser.note(
                "the label '\(use.name)' is \(distance) instructions away, but a conditional jump skips at most 255",
                at: use.token)
        }
        switch use.field {
        case .jt: instructions[use.instruction].jt = UInt8(distance)
        case .jf: instructions[use.instruction].jf = UInt8(distance)
        case .k: instructions[use.instruction].k = UInt32(distance)
        }
    }

    // MARK: Instructions

    private mutating func instruction() throws(Parser.Unexpected) {
        guard case .word(let word) = parser.token.kind, let mnemonic = Mnemonic(word.lowercased()) else {
            throw parser.unexpected("an instruction or a label")
        }
        parser.advance()
        let operation = try operation(mnemonic)
        instructions.append(Instruction(operation))
    }

    private mutating func operation(_ mnemonic: Mnemonic) throws(Parser.Unexpected) -> Operation {
        switch mnemonic {
        case .load(let size): return try load(size)
        case .loadImmediate(let register):
            _ = parser.take("#")
            return .loadConstant(register, try number())
        case .loadIndex: return try loadIndex()
        case .loadHeaderLength: return .loadHeaderLength(try headerLength())
        case .store(let register): return .store(register, try scratch())
        case .arithmetic(let name): return .arithmetic(name, try operand())
        case .branch(let comparison, let isNegated):
            let operand = try operand()
            try parser.require(",")
            try target(isNegated ? .jf : .jt)
            if !isNegated, parser.take(",") { try target(.jf) }
            return .branch(comparison, operand, jt: 0, jf: 0)
        case .jump:
            try target(.k)
            return .jump(0)
        case .ret: return try ret()
        case .plain(let operation): return operation
        case .raw:
            let opcode: UInt16 = try parser.field("an opcode")
            try parser.require(",")
            let jt: UInt8 = try parser.field("jt")
            try parser.require(",")
            let jf: UInt8 = try parser.field("jf")
            try parser.require(",")
            return .unknown(Instruction(opcode: opcode, jt: jt, jf: jf, k: try number()))
        }
    }

    private mutating func load(_ size: Size) throws(Parser.Unexpected) -> Operation {
        if parser.take("[") {
            let isIndexed = try index()
            let k = isIndexed ? try offsetFromIndex() : try number("an offset or 'x'")
            try parser.require("]")
            return isIndexed ? .loadPacketIndexed(size, k) : .loadPacket(size, k)
        }
        if size == .word, isAtScratch { return .loadScratch(.a, try scratch()) }
        let hasMark = parser.take("#")
        let expected =
            switch (hasMark, size) {
            case (true, .word): "a number or the name of an extension"
            case (true, _): "the name of an extension"
            case (false, .word): "'[', '#', 'M' or the name of an extension"
            case (false, _): "'[' or the name of an extension"
            }
        if case .word(let word) = parser.token.kind, constants[word] == nil {
            if size == .word, parser.take(word: "len", "pktlen") { return .loadLength(.a) }
            guard let name = Extension(name: word.lowercased()) else { throw parser.unexpected(expected) }
            parser.advance()
            return .loadExtension(name, size)
        }
        guard hasMark, size == .word else { throw parser.unexpected(expected) }
        return .loadConstant(.a, try number(expected))
    }

    private mutating func loadIndex() throws(Parser.Unexpected) -> Operation {
        if case .number = parser.token.kind { return .loadHeaderLength(try headerLength()) }
        if isAtScratch { return .loadScratch(.x, try scratch()) }
        let hasMark = parser.take("#")
        if parser.take(word: "len", "pktlen") { return .loadLength(.x) }
        guard hasMark else { throw parser.unexpected("'#', 'M' or '4*([k]&0xf)'") }
        return .loadConstant(.x, try number())
    }

    /// `4*([k]&0xf)`
    private mutating func headerLength() throws(Parser.Unexpected) -> UInt32 {
        try exactly(4)
        for character in "*([" { try parser.require(character) }
        let k = try number("an offset")
        for character in "]&" { try parser.require(character) }
        try exactly(0xf)
        try parser.require(")")
        return k
    }

    private mutating func exactly(_ number: UInt64) throws(Parser.Unexpected) {
        guard parser.token.kind == .number(number) else {
            throw parser.unexpected("\(number), as in '4*([k]&0xf)', the only such instruction")
        }
        parser.advance()
    }

    private var isAtScratch: Bool {
        if case .word(let word) = parser.token.kind { word.lowercased() == "m" } else { false }
    }

    /// `M[k]`
    private mutating func scratch() throws(Parser.Unexpected) -> UInt32 {
        guard parser.take(word: "m") else { throw parser.unexpected("'M[k]'") }
        try parser.require("[")
        let k = try number("a number from 0 to 15")
        try parser.require("]")
        return k
    }

    /// Consumes `x` or `%x` if it is next.
    private mutating func index() throws(Parser.Unexpected) -> Bool {
        if parser.take("%") {
            guard parser.take(word: "x") else { throw parser.unexpected("'x'") }
            return true
        }
        return parser.take(word: "x")
    }

    /// The offset after `x` in `[x+k]`.
    private mutating func offsetFromIndex() throws(Parser.Unexpected) -> UInt32 {
        if parser.token.kind == .symbol("-") { return try number("an offset") }
        try parser.require("+")
        return try number("an offset")
    }

    private mutating func operand() throws(Parser.Unexpected) -> Operand {
        if parser.take("#") { return .k(try number()) }
        guard try index() else { throw parser.unexpected("'#' or 'x'") }
        return .x
    }

    private mutating func ret() throws(Parser.Unexpected) -> Operation {
        if parser.take("#") { return .returnConstant(try number()) }
        _ = parser.take("%")
        if parser.take(word: "a") { return .returnAccumulator }
        // bpf_asm accepts `ret x`, but no machine does; the verifier reports it.
        if parser.take(word: "x") { return .unknown(Instruction(opcode: 0x0e)) }
        throw parser.unexpected("'#' or 'a'")
    }

    /// Parses a number or the name of a constant.
    private mutating func number(_ what: String = "a number") throws(Parser.Unexpected) -> UInt32 {
        if case .word(let name) = parser.token.kind, let value = constants[name] {
            parser.advance()
            return value
        }
        return try parser.number(what)
    }
}
