import BPF
import Testing

/// The tests of golang.org/x/net/bpf.
@Suite struct GolangTests {
    struct File: Decodable {
        let vmTests: [Test]
        let allInstructions: AllInstructions

        struct Test: Decodable {
            let name: String
            let insns: Numbers?
            let packet: [UInt8]?
            let runs: Bool
            let vmResult: UInt32?
            let kernelErrno: Int?
            let checkerReason: String?
        }

        struct AllInstructions: Decodable {
            let asm: String
            let insns: Numbers
        }
    }

    @Test("The test programs return the expected verdicts or rejections", .enabled(if: Vectors.exist))
    func runs() throws {
        var tally = Tally("golang.org/x/net/bpf")
        for test in try Vectors.load("xnet_bpf.json", as: File.self).vmTests {
            guard let insns = test.insns else {
                tally.skip("no such instruction can be written down", test.name)
                continue
            }
            let program = Program(insns)
            guard test.runs else {
                if test.kernelErrno == nil, refusal(program) == nil {
                    tally.skip("a mistake that only Go's values can hold, not instructions", test.name)
                    continue
                }
                let reason = test.checkerReason?.replacing("ja out", with: "jump out")
                #expect(reason != nil && refusal(program)?.asInVectors == reason, "\(test.name)")
                tally.pass()
                continue
            }
            let verified = try VerifiedProgram(program)
            let packet = test.packet ?? []
            #expect(Interpreter(verified).run(packet) == test.vmResult, "\(test.name)")
            #expect(Machine.run(verified, on: packet) == test.vmResult, "\(test.name)")
            tally.pass()
        }
        tally.report()
    }

    @Test("All instructions assemble as with bpf_asm", .enabled(if: Vectors.exist)) func allInstructions() throws {
        let all = try Vectors.load("xnet_bpf.json", as: File.self).allInstructions
        #expect(try Program(assembly: all.asm) == Program(all.insns))
    }
}
