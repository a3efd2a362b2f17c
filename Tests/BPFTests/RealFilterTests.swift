import TestSupport
import Testing

@testable import BPF

/// The optimizer, the union and the classifier on their real workload: programs compiled by libpcap, and real
/// packets. The kernel checks their results.
@Suite struct RealFilterTests {
    private static let programs = Result { try TestMaterial.programs() }
    private static let packets = TestMaterial.packets(each: 4)

    @Test("The optimizer keeps the verdicts of compiled filters and makes none slower", .enabled(if: Vectors.exist))
    func optimizerKeepsVerdictsCompiled() throws {
        #expect(Self.packets.count > 0)
        for program in try Self.programs.get() {
            let optimized = Optimizer.optimize(program)
            #expect(optimized.operations.count <= program.operations.count)
            if (try? program.program.checkWithKernel()) != nil { try optimized.program.checkWithKernel() }
            for packet in Self.packets {
                let (before, after) = (Execution(program, packet), Execution(optimized, packet))
                #expect(after.verdict == before.verdict, "\(program.listing)")
                #expect(after.instructions <= before.instructions, "\(program.listing)")
            }
        }
    }

    @Test("The classifier finds which compiled filters accept a packet", .enabled(if: Vectors.exist))
    func classifierFindsCompiledFilters() throws {
        let programs = try Self.programs.get()
        let alone = Self.packets.map { packet in programs.map { Execution($0, packet).verdict } }
        // Neighbours in the list are similar, so the programs are also shuffled.
        var generator = SeededGenerator(stream: 8)
        for order in [Array(programs.indices), programs.indices.shuffled(using: &generator)] {
            for start in stride(from: 0, to: programs.count, by: 48) {
                let group = order[start..<min(start + 48, programs.count)]
                let classifier = Classifier(group.map { programs[$0] })
                var matches = classifier.makeMatches()
                for (packet, verdicts) in zip(Self.packets, alone) {
                    classifier.classify(unsafe packet.span.bytes, wireLength: UInt32(packet.count), into: &matches)
                    var found = [UInt32](repeating: 0, count: group.count)
                    for index in 0..<matches.count { found[matches[index].program] = matches[index].verdict }
                    #expect(found == group.map { verdicts[$0] })
                }
            }
        }
    }

    @Test(
        "The union of compiled filters accepts what any of them accepts, also in the kernel",
        .enabled(if: Vectors.exist))
    func unionCompiledFiltersAccepts() throws {
        let programs = try Self.programs.get().filter(\.isPredictable)
        let kernel = try KernelOracle()
        var generator = SeededGenerator(stream: 9)
        var linked = 0
        for size in [2, 3, 5, 8, 16, 32] {
            for _ in 0..<8 {
                let parts = (0..<size).map { _ in programs[Int.random(in: 0..<programs.count, using: &generator)] }
                guard let union = try? Program.union(parts) else { continue }
                linked += 1
                try kernel.attach(union.program, passingAllMeanwhile: true)
                let interpreter = Interpreter(union)
                for packet in Self.packets where !packet.isEmpty && packet.count <= 4096 {
                    let verdicts = parts.map { Execution($0, packet, KernelOracle.metadata).verdict }
                    let result = Execution(union, packet, KernelOracle.metadata).verdict
                    #expect(interpreter.run(packet, metadata: KernelOracle.metadata) == result)
                    #expect((result == 0) == verdicts.allSatisfy { $0 == 0 })
                    #expect(verdicts.allSatisfy { $0 <= result })
                    #expect(kernel.verdict(on: packet) == min(Int(result), packet.count), "\(union.listing)")
                }
            }
        }
        #expect(linked >= 30)
    }

    @Test("The kernel returns the same verdicts for optimized and merged random programs")
    func kernelReturnsSameVerdicts()
        throws
    {
        let kernel = try KernelOracle()
        var programs = BranchingPrograms(stream: 10)
        programs.maximumLength = 30
        for _ in 0..<TestScale.programs / 4 {
            let (one, other) = (programs.next(), programs.next())
            var made = [(Optimizer.optimize(one), [one])]
            if let union = try? Program.union([one, other]) { made.append((union, [one, other])) }
            let packets = (0..<4).map { _ in programs.packet() }
            for (program, parts) in made {
                try kernel.attach(program.program)
                let interpreter = Interpreter(program)
                for packet in packets where !packet.isEmpty {
                    let kept = kernel.verdict(on: packet)
                    #expect(kept == min(Int(interpreter.run(packet)), packet.count), "\(program.listing)")
                    #expect(kept == min(Int(Execution(program, packet).verdict), packet.count), "\(program.listing)")
                    let accepted = parts.contains { Execution($0, packet).verdict != 0 }
                    #expect(
                        (kept > 0) == accepted,
                        "\(parts.map(\.listing).joined(separator: "\n\n"))\n=>\n\(program.listing)\n\(packet)")
                }
            }
        }
    }
}

extension VerifiedProgram {
    /// Whether the tests can predict the kernel's verdict.
    ///
    /// They cannot if it depends on the CPU that runs the filter, or on where the socket places the headers, from
    /// which some of the kernel's own tests load.
    var isPredictable: Bool {
        guard Guards.add(to: FlowGraph(self)) != nil else { return false }
        return operations.allSatisfy { operation in
            guard case .loadExtension(let name, _) = operation else { return true }
            return DifferentialTests.extensions.contains(name)
        }
    }
}
