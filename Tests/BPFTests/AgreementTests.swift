import Testing

@testable import BPF

/// Agreement of all implementations on every program of the vectors, with real and made-up packets.
///
/// Compares the interpreter, on each program and on its optimized form, with the reference machine, libpcap and the
/// running kernel.
@Suite struct AgreementTests {
    /// Packets of each kind of traffic, and some that are too short for the loads.
    private static func packets() -> [[UInt8]] {
        var random = RandomPrograms(stream: 12)
        return TestMaterial.packets(each: 2).filter { !$0.isEmpty && $0.count <= 4096 }
            + (0..<40).map { _ in random.packet() } + [0, 1, 2, 14].map { [UInt8](repeating: 0x45, count: 15 + $0) }
    }

    @Test("Every implementation returns the same verdict", .enabled(if: Vectors.exist))
    func everyImplementationReturnsSame() throws {
        var tally = Tally("interpreter = machine = optimized = bpf_filter = kernel, programs")
        let packets = Self.packets()
        #expect(packets.count > 100)
        let kernel = try KernelOracle()
        var seen: Set<Program> = []
        for (name, program) in try allPrograms() where seen.insert(program).inserted {
            if let verified = try? VerifiedProgram(program, as: .libpcap) {
                let runs = Runs(verified)
                for packet in packets {
                    let theirs = pcapVerdict(program, on: packet, wireLength: UInt32(packet.count))
                    #expect(runs.verdict(packet) == theirs, "libpcap: \(name), \(packet)")
                }
            }
            guard let verified = try? VerifiedProgram(program) else {
                tally.skip("breaks a rule of the kernel (its dialect of libpcap is compared, if it has one)", name)
                continue
            }
            guard verified.isPredictable else {
                tally.skip("asks for what depends on the processor, on chance or on where the headers are", name)
                continue
            }
            guard (try? kernel.attach(program, passingAllMeanwhile: true)) != nil else {
                tally.skip("the kernel has no room for its translation", name)
                continue
            }
            let runs = Runs(verified)
            for packet in packets {
                let ours = runs.verdict(packet, KernelOracle.metadata)
                #expect(
                    kernel.verdict(on: packet) == ours.map { min(Int($0), packet.count) }, "kernel: \(name), \(packet)")
            }
            tally.pass()
        }
        tally.report()
        #expect(tally.passed > 300)
    }

    /// All implementations for one program.
    private struct Runs: ~Copyable {
        let program: VerifiedProgram
        let interpreter: Interpreter
        let optimized: Interpreter

        init(_ program: VerifiedProgram) {
            self.program = program
            interpreter = Interpreter(program)
            optimized = Interpreter(Optimizer.optimize(program))
        }

        /// The common verdict; nil, and an issue, if the implementations disagree.
        func verdict(_ packet: [UInt8], _ metadata: PacketMetadata = PacketMetadata()) -> UInt32? {
            let verdict = Machine.run(program, on: packet, metadata: metadata)
            let others = [interpreter.run(packet, metadata: metadata), optimized.run(packet, metadata: metadata)]
            #expect(others == [verdict, verdict], "\(program.listing)\n\(packet)")
            return others == [verdict, verdict] ? verdict : nil
        }
    }
}
