import BPF
import Testing

/// The text forms: round trips of all programs in the vectors, and the errors.
///
/// Serialized, because libpcap lists into a single static buffer.
@Suite(.serialized) struct TextTests {
    @Test("Every program survives a round trip through all text forms", .enabled(if: Vectors.exist))
    func roundTrips() throws {
        var tally = Tally("programs there and back: assembly, decimal, C; libpcap's listing")
        for (name, program) in try allPrograms() {
            #expect(try Program(assembly: program.assembly) == program, "\(name)")
            #expect(try Program(decimal: program.decimal) == program, "\(name)")
            #expect(try Program(cArray: program.cArray) == program, "\(name)")
            #expect(program.listing == pcapListing(program), "\(name)")
            tally.pass()
        }
        tally.report()
    }

    @Test("Every opcode survives a round trip through assembly and is listed as by libpcap")
    func everyOpcodeSurvivesRound() throws {
        for opcode in UInt16(0)...0x3ff {
            for k in [0, 1, 14, 0x7fff_ffff, 0x8000_0000, 0xffff_f000, 0xffff_f028, 0xffff_f030, 0xffff_f038, .max]
                as [UInt32]
            {
                let instruction = Instruction(opcode: opcode, jt: UInt8(opcode & 1), jf: 0, k: k)
                let program = Program([instruction, .ret(0), .ret(1)])
                #expect(try Program(assembly: program.assembly) == program)
                #expect(program.listing == pcapListing(program))
            }
        }
    }

    @Test("Random programs survive a round trip through all text forms")
    func randomProgramsSurviveRound() throws {
        var random = RandomPrograms(stream: 3)
        for _ in 0..<2000 {
            let program = random.anything()
            #expect(try Program(assembly: program.assembly) == program)
            #expect(try Program(decimal: program.decimal) == program)
            #expect(try Program(cArray: program.cArray) == program)
            #expect(program.listing == pcapListing(program))
        }
    }

    @Test("The numeric forms are those of tcpdump and bpf_asm")
    func numericFormsThoseTcpdump() throws {
        let program = Program([Instruction(.loadPacket(.half, 12)), .ret(.max)])
        #expect(program.decimal == "2\n40 0 0 12\n6 0 0 4294967295\n")
        #expect(program.cArray == "{ 0x28, 0, 0, 0x0000000c },\n{ 0x6, 0, 0, 0xffffffff },\n")
        #expect(try Program(decimal: "2,40 0 0 12,6 0 0 4294967295,") == program)
        #expect(try Program(cArray: "{ 0x28,  0,  0, 0x0000000c }, { 0x06, 0, 0, 0xffffffff }") == program)
    }

    @Test("The assembler accepts the language of bpf_asm")
    func assemblerAcceptsLanguageBpfasm() throws {
        let text = """
            # a comment
            LDH [12] ; another
            jne #0x800, drop   /* and
            another */ ldxb 4*([14]&0xf)
            ld [%x + 4] ld [x-4] ldi 7 ldxi #0b11 ld M[1] stx M[017] ld len ldx #len
            ldb proto
            ld #vlan_pr
            ld #xor_x
            jle %x, drop
            jset x, drop, on
            on: ret %a
            drop: ret #-1
            """
        let expected: [Operation] = [
            .loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 0, jf: 15), .loadHeaderLength(14),
            .loadPacketIndexed(.word, 4), .loadPacketIndexed(.word, 0 &- 4), .loadConstant(.a, 7), .loadConstant(.x, 3),
            .loadScratch(.a, 1), .store(.x, 15), .loadLength(.a), .loadLength(.x), .loadExtension(.proto, .byte),
            .loadExtension(.vlanPresent, .word), .loadExtension(.xorX, .word), .branch(.greater, .x, jt: 0, jf: 2),
            .branch(.anyBit, .x, jt: 1, jf: 0), .returnAccumulator, .returnConstant(.max),
        ]
        #expect(try Program(assembly: text).instructions.map(\.operation) == expected)
    }

    @Test(arguments: [
        ("ldq [12]", "1:1: expected an instruction or a label, found 'ldq'"),
        ("ldh [12", "1:8: expected ']', found the end of the text"),
        ("ldh #12", "1:6: expected the name of an extension, found 12"),
        ("ld #foo", "1:5: expected a number or the name of an extension, found 'foo'"),
        ("ldx 5*([14]&0xf)", "1:5: expected 4, as in '4*([k]&0xf)', the only such instruction, found 5"),
        ("jeq 12, L1", "1:5: expected '#' or 'x', found 12"),
        ("jeq #12", "1:8: expected ',', found the end of the text"),
        ("jeq #12, L1", "1:10: unknown label 'L1'"),
        ("ja L1\nL1:", "1:4: no instruction follows the label 'L1'"),
        ("L1: ld #1\nja L1\nret #0", "2:4: the label 'L1' precedes the jump, but jumps only go forward"),
        ("L1: ret #0\nL1: ret #1", "2:1: duplicate label 'L1'"),
        ("ld #0x1ffffffff", "1:5: the number does not fit in 32 bits"),
        ("ld #12ab", "1:5: expected a number or the name of an extension, found '12ab'"),
        ("add\nret a b", "2:1: expected '#' or 'x', found 'ret'\n2:7: expected an instruction or a label, found 'b'"),
        (
            "ld #\n\nlsh 2\nret #0 0",
            """
            3:1: expected a number or the name of an extension, found 'lsh'
            3:5: expected '#' or 'x', found 2
            4:8: expected an instruction or a label, found 0
            """
        ),
        (
            "ret #0\n/* without an end\nret #1",
            "2:1: expected an instruction or a label, found a comment without '*/'"
        ),
        ("ret #/*/", "1:6: expected a number, found a comment without '*/'"),
        (".insn 0x10000, 0, 256, 0", "1:7: an opcode must be at most 65535\n1:19: jf must be at most 255"),
    ]) func problems(_ text: String, _ expected: String) {
        #expect(throws: SourceError.self) { try Program(assembly: text) }
        #expect(problems { () throws(SourceError) in try Program(assembly: text) } == expected)
    }

    @Test("A conditional jump reaches 255 instructions")
    func conditionalJumpReaches255() throws {
        let fill = String(repeating: "ld #1\n", count: 255)
        #expect(try Program(assembly: "jeq #1, to\n" + fill + "to: ret #0").instructions[0].jt == 255)
        #expect(
            problems { () throws(SourceError) in try Program(assembly: "jeq #1, to\nld #1\n" + fill + "to: ret #0") }
                == "1:9: the label 'to' is 256 instructions away, but a conditional jump skips at most 255")
    }

    @Test(arguments: [
        ("2\n40 0 0 12\n", "1:1: announces 2 instructions, but 1 follow"),
        ("1\n40 0 0", "2:7: expected k, found the end of the text"),
        ("1\n40 0 300 0", "2:6: jf must be at most 255"),
        ("x", "1:1: expected the number of instructions, found 'x'"),
    ]) func problemsInDecimal(_ text: String, _ expected: String) {
        #expect(problems { () throws(SourceError) in try Program(decimal: text) } == expected)
    }

    private func problems(_ read: () throws(SourceError) -> Program) -> String {
        do throws(SourceError) {
            _ = try read()
            return ""
        } catch {
            return error.description
        }
    }
}
