import BPF
import Testing

/// The programs of the paper and of bpf(4).
@Suite struct PaperTests {
    struct Entry: Decodable {
        let name: String
        let asm: [String]?
        let insns: Numbers
        let count: Int
    }

    static let constants: [String: UInt32] = [
        "TRUE": 262_144, "ETHERTYPE_IP": 0x0800, "ETHERPROTO_IP": 0x0800, "IPPROTO_TCP": 6, "N": 79,
    ]

    @Test("The programs in the paper's notation assemble to the expected instructions", .enabled(if: Vectors.exist))
    func notation() throws {
        var tally = Tally("the paper's programs")
        for entry in try Vectors.load("paper_programs.json", as: [Entry].self) {
            let program = Program(entry.insns)
            #expect(program.instructions.count == entry.count)
            _ = try VerifiedProgram(program)
            if let asm = entry.asm {
                let assembled = try Program(assembly: asm.joined(separator: "\n"), constants: PaperTests.constants)
                #expect(assembled == program, "\(entry.name)")
            }
            tally.pass()
        }
        tally.report()
    }

    @Test("The paper's first program keeps IPv4 packets")
    func paperFirstProgramKeeps() throws {
        let program = try Program(
            assembly: """
                ldh [12]
                jeq #0x800, L1, L2
                L1: ret #TRUE
                L2: ret #0
                """, constants: PaperTests.constants)
        let interpreter = Interpreter(try VerifiedProgram(program))
        var packet = [UInt8](repeating: 0, count: 60)
        #expect(interpreter.run(packet) == 0)
        packet[12] = 8
        #expect(interpreter.run(packet) == 262_144)
        #expect(interpreter.run(Array(packet[..<13])) == 0, "the type is not wholly there")
    }
}
