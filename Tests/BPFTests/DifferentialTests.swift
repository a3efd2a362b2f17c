import BPF
import Testing

/// Random programs, executed by this module, the kernel and libpcap.
@Suite struct DifferentialTests {
    /// The extensions with known values for packets without a device.
    static let extensions: [Extension] = [
        .proto, .type, .ifidx, .nla, .nlan, .mark, .queue, .hatype, .rxhash, .xorX, .vlanTCI, .vlanPresent,
    ]

    @Test("The interpreter returns the running kernel's verdicts")
    func interpreterReturnsRunningKernel() throws {
        var random = RandomPrograms(stream: 1993)
        let kernel = try KernelOracle()
        var kept = 0
        for _ in 0..<TestScale.programs {
            let program = random.verified(extensions: DifferentialTests.extensions)
            let verified = try VerifiedProgram(program)
            let interpreter = Interpreter(verified)
            try kernel.attach(program)
            for _ in 0..<8 {
                let packet = random.packet()
                let metadata = KernelOracle.metadata
                let verdict = interpreter.run(packet, metadata: metadata)
                let theirs = kernel.verdict(on: packet)
                #expect(min(Int(verdict), packet.count) == theirs, "\(packet)\n\(program.assembly)")
                #expect(
                    Machine.run(verified, on: packet, metadata: metadata) == verdict, "\(packet)\n\(program.assembly)")
                if theirs > 0 { kept += 1 }
            }
        }
        print("BPFTests | random programs, kernel | \(TestScale.programs) programs, 8 packets for each, \(kept) kept")
        let plausible = TestScale.programs...7 * TestScale.programs
        #expect(plausible.contains(kept), "verdicts of only one kind would prove little")
    }

    @Test("In the dialect of libpcap, the interpreter returns libpcap's verdicts")
    func dialectLibpcapInterpreterReturns() throws {
        var random = RandomPrograms(stream: 1992)
        for _ in 0..<TestScale.programs {
            let program = random.verified(extensions: Extension.allCases)
            let verified = try VerifiedProgram(program, as: .libpcap)
            let interpreter = Interpreter(verified)
            for _ in 0..<8 {
                let packet = random.packet()
                let length = packet.count + random.below(2) * 100
                let theirs = pcapVerdict(program, on: packet, wireLength: UInt32(length))
                #expect(interpreter.run(packet, wireLength: length) == theirs, "\(packet)\n\(program.assembly)")
                #expect(
                    Machine.run(verified, on: packet, wireLength: length) == theirs, "\(packet)\n\(program.assembly)")
            }
        }
    }

    @Test("The verifier rejects exactly the programs that the running kernel rejects")
    func verifierRejectsExactlyPrograms() throws {
        var random = RandomPrograms(stream: 1984)
        let count = 2 * TestScale.programs
        var refused = 0
        for _ in 0..<count {
            let program = random.anything()
            let kernel = Result { () throws(FilterError) in try program.checkWithKernel() }
            let ours = refusal(program)
            if ours != nil { refused += 1 }
            #expect((ours == nil) == ((try? kernel.get()) != nil), "\(String(describing: ours))\n\(program.assembly)")
        }
        print("BPFTests | random programs, verifier | \(count) programs, \(refused) refused")
        #expect((count / 5...count * 9 / 10).contains(refused), "verdicts of only one kind would prove little")
    }

    @Test("Programs with large tables and long chains of comparisons agree with the reference machine")
    func programsLargeTablesLong() throws {
        var random = RandomPrograms(stream: 7)
        for count in [1, 2, 3, 4, 5, 8, 9, 50, 120] {
            var text = "ld [2]\n"
            for _ in 0..<count { text += "jeq #\(random.below(300)), keep\n" }
            text += "ld [6]\nand #0xff\n"
            for index in 0..<count { text += "jeq #\(random.below(300)), \(index % 2 == 0 ? "keep" : "drop")\n" }
            text += "drop: ret #0\nkeep: ret #1\n"
            let verified = try VerifiedProgram(try Program(assembly: text))
            let interpreter = Interpreter(verified)
            for _ in 0..<2000 {
                let (first, second) = (random.below(300), random.below(300))
                let packet: [UInt8] = [
                    9, 9, 0, 0, UInt8(first >> 8), UInt8(first & 0xff), 0, 0, UInt8(second >> 8), UInt8(second & 0xff),
                ]
                #expect(interpreter.run(packet) == Machine.run(verified, on: packet))
            }
        }
    }
}
