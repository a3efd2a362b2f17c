import BPF
import Testing

/// The kernel's decisions on filters, and the errors that report them.
@Suite struct KernelFilterTests {
    /// Two programs that each fit into the kernel's filter memory but not together; nil if there is room for both.
    private func twins() -> (Program, Program)? {
        func program(_ offset: UInt32, _ count: Int) -> Program {
            Program(Array(repeating: Instruction(.loadPacket(.half, offset)), count: count) + [.ret(.max)])
        }
        guard (try? program(12, 4095).checkWithKernel()) == nil else { return nil }
        var (taken, refused) = (1, 4095)
        while refused - taken > 1 {
            let middle = (taken + refused) / 2
            if (try? program(12, middle).checkWithKernel()) != nil { taken = middle } else { refused = middle }
        }
        return (program(12, taken * 2 / 3), program(14, taken * 2 / 3))
    }

    @Test("A filter that does not fit beside the old one is rejected with that reason")
    func filterDoesNotFit() throws {
        guard let (old, new) = twins() else {
            return print("BPFTests | skipped: net.core.optmem_max has room for two of the longest programs")
        }
        let kernel = try KernelOracle()
        try kernel.attach(old)
        #expect {
            try kernel.attach(new)
        } throws: { error in
            "\(error)".contains("has room for the new filter, but not beside the old one")
        }
        #expect(kernel.attached == old)
    }

    @Test("If all packets may pass meanwhile, the old filter makes room for the new one")
    func ifAllPacketsMay() throws {
        guard let (old, new) = twins() else { return }
        let kernel = try KernelOracle()
        try kernel.attach(old)
        try kernel.attach(new, passingAllMeanwhile: true)
        #expect(kernel.attached == new)
        #expect(kernel.verdict(on: [UInt8](repeating: 1, count: 15)) == 0)
        #expect(kernel.verdict(on: [UInt8](repeating: 1, count: 16)) == 16)
        // A program that does not fit even alone leaves the previous one attached.
        let long = Program(Array(new.instructions.dropLast() + new.instructions.dropLast() + [.ret(1)]))
        #expect {
            try kernel.attach(long, passingAllMeanwhile: true)
        } throws: { error in
            "\(error)".contains("need more memory than net.core.optmem_max allows")
        }
        #expect(kernel.attached == new)
    }

    @Test("A rejected filter names the violated rule")
    func rejectedFilterNamesViolated() throws {
        #expect(throws: FilterError("the kernel refuses the filter: instruction 0: divides by the constant 0")) {
            try Program(assembly: "div #0\nret #0").checkWithKernel()
        }
        // A single jump over so many loads that it is out of range after translation.
        let jump = Instruction(.jump(4000))
        let far = Program([jump] + Array(repeating: Instruction(.loadHeaderLength(14)), count: 4000) + [.ret(0)])
        #expect {
            try far.checkWithKernel()
        } throws: { error in
            "\(error)".contains("are valid, but too large once the kernel has translated them")
        }
    }

    @Test("The attached program can be read back, and is nil on a socket without one")
    func attachedProgramCanBe() throws {
        let kernel = try KernelOracle()
        #expect(kernel.attached == nil)
        let program = try Program(assembly: "ldh [12]\njeq #0x800, a, b\na: ret #96\nb: ret #0")
        try kernel.attach(program)
        #expect(kernel.attached == program)
    }
}
