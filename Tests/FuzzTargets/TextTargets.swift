import BPF

extension FuzzTarget {
    /// Any text as assembly. If it assembles, its disassembly must assemble to the same program.
    static let assembler = FuzzTarget(
        "assembler",
        seeds: [
            "ldh [12]\njeq #0x800, ip, drop\nip: ldx 4*([14]&0xf)\nldh [x+16]\njne x, drop\nret #-1\ndrop: ret #0\n",
            "ld M[3] /* a comment */\nst M[15]\nstx M[0]\nldxi 0b11 ; another\nld #len\nld #vlan_tci\nldb [x - 1]\n",
            "add #1\nsub x\nmul #3\ndiv #0x4\nmod #5\nneg\nor #017\nxor x\nlsh #1\nrsh #2\ntax\ntxa\nja L\nL: ret a\n",
            ".insn 0xffff, 255, 0, 0xffffffff\njset #1, L\njge x, L, L\njle #2, L\nL: ret x\n",
        ].map { Array($0.utf8) }
    ) { input in
        guard let program = try? Program(assembly: input.text) else { return }
        checkForms(program)
    }

    /// Any text in decimal and as a C array, and any bytes as instructions of 8 bytes each: all text forms must parse
    /// back to the same program.
    static let decimal = FuzzTarget(
        "decimal",
        seeds: [
            "4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n", "1,6 0 0 4294967295,",
            "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n",
        ].map { Array($0.utf8) }
    ) { input in
        if let program = try? Program(decimal: input.text) { checkForms(program) }
        if let program = try? Program(cArray: input.text) { checkForms(program) }
        var bytes = ByteSource(input.array)
        checkForms(Program((0..<input.byteCount / 8).map { _ in bytes.instruction() }))
    }

    /// Requires that every form that can be parsed yields the program again, and that the other forms can be written.
    private static func checkForms(_ program: Program) {
        require((try? Program(assembly: program.assembly)) == program, "assembly:\n\(program.assembly)")
        require((try? Program(decimal: program.decimal)) == program, "decimal:\n\(program.decimal)")
        require((try? Program(cArray: program.cArray)) == program, "C:\n\(program.cArray)")
        require(program.listing.count(where: \.isNewline) == program.instructions.count, "a line each")
        if let verified = try? VerifiedProgram(program) { require(!FlowGraph(verified).dot.isEmpty, "a graph") }
    }
}
