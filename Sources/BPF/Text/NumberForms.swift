// Numeric forms of programs: the output of `tcpdump -ddd` and bpf_asm, and of `tcpdump -dd` and `bpf_asm -c`.
extension Program {
    /// The program in decimal, as printed by `tcpdump -ddd`: the number of instructions, then one line
    /// `opcode jt jf k` for each.
    public var decimal: String {
        "\(instructions.count)\n" + instructions.map { "\($0.opcode) \($0.jt) \($0.jf) \($0.k)\n" }.joined()
    }

    /// Parses a program in decimal: the lines of `tcpdump -ddd`, or bpf_asm's single line `n,opcode jt jf k,...`.
    ///
    /// Throws a ``SourceError`` with every error in the text.
    public init(decimal text: String) throws(SourceError) {
        var parser = Parser(text)
        var instructions: [Instruction] = []
        do throws(Parser.Unexpected) {
            let place = parser.token
            let count: UInt32 = try parser.field("the number of instructions")
            _ = parser.take(",")
            while !parser.isAtEnd {
                instructions.append(try parser.instruction(separator: nil))
                _ = parser.take(",")
            }
            if count != instructions.count {
                parser.note("announces \(count) instructions, but \(instructions.count) follow", at: place)
            }
        } catch {}
        try parser.finish(instructions: instructions.count)
        self.init(instructions)
    }

    /// The program as the elements of a C array of `struct sock_filter`, as printed by `tcpdump -dd`.
    public var cArray: String {
        instructions.map { instruction in
            let k = hex(instruction.k)
            let zeros = String(repeating: "0", count: 8 - k.count)
            return "{ 0x\(hex(UInt32(instruction.opcode))), \(instruction.jt), \(instruction.jf), 0x\(zeros)\(k) },\n"
        }.joined()
    }

    /// Parses a program from the elements of a C array, each `{ opcode, jt, jf, k },`.
    ///
    /// Throws a ``SourceError`` with every error in the text.
    public init(cArray text: String) throws(SourceError) {
        var parser = Parser(text)
        var instructions: [Instruction] = []
        while !parser.isAtEnd {
            let line = parser.token.line
            do throws(Parser.Unexpected) {
                try parser.require("{")
                instructions.append(try parser.instruction(separator: ","))
                try parser.require("}")
                _ = parser.take(",")
            } catch {
                parser.skip(line: line)
            }
        }
        try parser.finish(instructions: instructions.count)
        self.init(instructions)
    }
}

extension Parser {
    /// Parses the four numbers of an instruction.
    fileprivate mutating func instruction(separator: Character?) throws(Unexpected) -> Instruction {
        func separate(_ parser: inout Parser) throws(Unexpected) {
            if let separator { try parser.require(separator) }
        }
        let opcode: UInt16 = try field("an opcode")
        try separate(&self)
        let jt: UInt8 = try field("jt")
        try separate(&self)
        let jf: UInt8 = try field("jf")
        try separate(&self)
        return Instruction(opcode: opcode, jt: jt, jf: jf, k: try field("k"))
    }
}
