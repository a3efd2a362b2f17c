import BPF
import Foundation
import Testing

/// Each rule of the verifier, with its error message.
@Suite struct VerifierTests {
    @Test(arguments: [
        ("", "the program is empty"),
        (".insn 0x21, 0, 0, 0\nret #0", "instruction 0: unknown opcode 0x21"),
        ("ret x", "instruction 0: unknown opcode 0xe"),
        ("div #0\nret #0", "instruction 0: divides by the constant 0"),
        ("mod #0\nret #0", "instruction 0: divides by the constant 0"),
        ("ld #1\nlsh #32\nret #0", "instruction 1: shifts by 32, more than the limit of 31"),
        ("st M[16]\nret #0", "instruction 0: M[16] does not exist: scratch memory ends with M[15]"),
        (".insn 5, 0, 0, 1\nret #0", "instruction 0: jumps to instruction 2, past the end"),
        (
            ".insn 5, 0, 0, 0xffffffff\nret #0",
            "the program jumps back, which the kernel rejects ('protochain' compiles to a loop)"
        ),
        (".insn 0x15, 0, 1, 0\nret #0", "instruction 0: jumps to instruction 2, past the end"),
        ("ld #1", "instruction 0: the last instruction must be a return"),
        (
            "ldb [-4095]\nret #0",
            "instruction 0: offset 0xfffff001 is in the range of the extensions (from 0xfffff000), but is none of them"
        ),
        (
            "jeq #0, on\nst M[1]\non: ld M[1]\nret a",
            "instruction 2: M[1] is loaded, but not every path to it stores it first"
        ),
    ]) func refuses(_ text: String, because reason: String) throws {
        #expect(refusal(try Program(assembly: text))?.description == reason)
    }

    @Test("A program has at most 4096 instructions")
    func programHasMost4096() throws {
        let instruction = Instruction(.loadConstant(.a, 1))
        let longest = Program(Array(repeating: instruction, count: 4095) + [.ret(0)])
        #expect(refusal(longest) == nil)
        let longer = Program(Array(repeating: instruction, count: 4096) + [.ret(0)])
        #expect(refusal(longer)?.reason == .tooLong(count: 4097))
    }

    @Test("In the dialect of libpcap, scratch memory starts as zeros")
    func dialectLibpcapScratchMemory() throws {
        let program = try Program(assembly: "ld M[3]\nadd #1\nret a")
        #expect(refusal(program)?.reason == .scratchNotStored(3))
        #expect(Interpreter(try VerifiedProgram(program, as: .libpcap)).run([0]) == 1)
    }

    /// Compares the estimated limit of optmem_max with the real one.
    @Test(
        "The estimated size of the kernel's translation is within 5 % of the real one",
        arguments: [
            "ldh [12]", "ldb [40000]", "ld [x + 3]", "ldx 4*([14]&0xf)", "div x", "jeq #0x90000000, end, end", "ld #1",
            "ld #proto", "ld #cpu", "ld #vlan_avail",
        ])
    func estimatedSizeKernelTranslation(_ instruction: String) throws {
        guard let text = try? String(contentsOfFile: "/proc/sys/net/core/optmem_max", encoding: .utf8),
            let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return }
        func program(_ count: Int) throws -> Program {
            let one = try Program(assembly: instruction + "\nend: ret #0").instructions[0]
            return Program(Array(repeating: one, count: count) + [.ret(0)])
        }
        // The longest program that the kernel accepts.
        var (taken, refused) = (1, 4096)
        while refused - taken > 1 {
            let middle = (taken + refused) / 2
            if (try? program(middle).checkWithKernel()) != nil { taken = middle } else { refused = middle }
        }
        let translation = KernelTranslation(of: try VerifiedProgram(try program(taken)))
        print(
            "BPFTests | optmem_max | \(instruction): \(taken) instructions, estimated \(translation.bytes) of \(limit)")
        if taken == 4095 {
            #expect(translation.bytes < limit * 21 / 20)
        } else {
            #expect((limit * 19 / 20...limit * 21 / 20).contains(translation.bytes))
        }
    }
}
