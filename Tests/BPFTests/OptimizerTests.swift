import Testing

@testable import BPF

@Suite struct OptimizerTests {
    @Test("An optimized program returns the same verdicts and is never slower", arguments: [Dialect.linux, .libpcap])
    func optimizedProgramReturnsSame(dialect: Dialect) {
        var programs = BranchingPrograms(stream: 3)
        programs.dialect = dialect
        programs.extensions = Extension.allCases.filter { $0 != .random }
        var metadata = PacketMetadata()
        metadata.vlanTCI = 2
        metadata.vlanIsPresent = true
        var saved = 0
        for count in 0..<TestScale.programs {
            programs.maximumLength = count % 10 == 0 ? 200 : 40
            let program = programs.next()
            let optimized = Optimizer.optimize(program)
            for round in 0..<10 {
                let packet = programs.packet()
                // The packet may have been cut, or a damaged file may report a length on the wire below the captured
                // length.
                let wireLength = packet.count + [0, 40, 0, -3][round % 4]
                metadata.interfaceIndex = round.isMultiple(of: 3) ? 0 : 2
                let expected = Execution(program, packet, wireLength: max(wireLength, 0), metadata)
                let result = Execution(optimized, packet, wireLength: max(wireLength, 0), metadata)
                #expect(result.verdict == expected.verdict, "\(program.listing)\n=>\n\(optimized.listing)\n\(packet)")
                #expect(
                    result.instructions <= expected.instructions, "\(program.listing)\n=>\n\(optimized.listing)")
                saved += expected.instructions - result.instructions
            }
        }
        #expect(saved > 0)
    }

    @Test("An optimized program from another generator returns the same verdicts and is never slower")
    func optimizedProgramFromAnother() throws {
        var programs = RandomPrograms(stream: 11)
        for _ in 0..<TestScale.programs {
            let program = try VerifiedProgram(programs.verified(extensions: DifferentialTests.extensions))
            let optimized = Optimizer.optimize(program)
            for _ in 0..<8 {
                let packet = programs.packet()
                let (before, after) = (Execution(program, packet), Execution(optimized, packet))
                #expect(after.verdict == before.verdict, "\(program.listing)\n=>\n\(optimized.listing)\n\(packet)")
                #expect(after.instructions <= before.instructions, "\(program.listing)\n=>\n\(optimized.listing)")
            }
        }
    }

    @Test("Repeated tests and loads along a path are removed")
    func repeatedTestsLoadsAlong() throws {
        // The second test of the type is decided by the first one.
        let optimized = try optimize([
            .loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 0, jf: 5),
            .loadPacket(.byte, 23), .branch(.equal, .k(17), jt: 0, jf: 3),
            .loadPacket(.half, 12), .branch(.equal, .k(0x86dd), jt: 1, jf: 0),
            .returnConstant(100), .returnConstant(0),
        ])
        #expect(
            optimized == [
                .loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 0, jf: 3),
                .loadPacket(.byte, 23), .branch(.equal, .k(17), jt: 0, jf: 1),
                .returnConstant(100), .returnConstant(0),
            ])
    }

    @Test("Of two loads of one value along a path, one remains")
    func twoLoadsOneValue() throws {
        // Each load makes the other one redundant: one edge may skip the second because of the first, and another
        // edge the first because of the second. Found by a long run of random programs.
        let program = try VerifiedProgram(
            Program(
                [
                    Operation.loadPacket(.word, 1), .branch(.equal, .k(7), jt: 1, jf: 0),
                    .branch(.equal, .k(9), jt: 4, jf: 0),
                    .loadConstant(.x, 0), .loadHeaderLength(0), .branch(.equal, .x, jt: 0, jf: 0),
                    .loadPacket(.word, 20), .loadHeaderLength(0), .branch(.equal, .x, jt: 0, jf: 0),
                    .loadPacketIndexed(.half, 0), .returnAccumulator,
                ].map(Instruction.init)))
        let packet = [14] + (UInt8(1)..<64)
        #expect(Execution(Optimizer.optimize(program), packet).verdict == 0x3839)
        #expect(Execution(program, packet).verdict == 0x3839)
    }

    @Test("A load that may fail is kept even if its value is unused")
    func loadMayFailKept() throws {
        let program: [Operation] = [.loadPacket(.word, 30), .loadPacket(.byte, 40), .returnConstant(1)]
        #expect(try optimize(program) == program)
        // A load of later bytes proves that earlier bytes are present.
        #expect(
            try optimize([.loadPacket(.byte, 40), .loadPacket(.word, 30), .returnConstant(1)]) == [
                .loadPacket(.byte, 40), .returnConstant(1),
            ])
    }

    @Test("The length on the wire does not prove that a load succeeds")
    func lengthWireDoesNot() throws {
        let program: [Operation] = [
            .loadLength(.a), .branch(.greaterOrEqual, .k(60), jt: 0, jf: 1),
            .loadPacket(.word, 30), .returnConstant(1),
        ]
        #expect(try optimize(program) == program)
    }

    @Test("Two loads of a random number are not merged")
    func twoLoadsRandomNumber() throws {
        let program: [Operation] = [
            .loadExtension(.random, .word), .transfer(to: .x), .loadExtension(.random, .word),
            .branch(.equal, .x, jt: 0, jf: 1), .returnConstant(1), .returnConstant(0),
        ]
        #expect(try optimize(program) == program)
    }

    @Test("Constants decide tests, and dead stores are removed")
    func constantsDecideTestsDead() throws {
        #expect(
            try optimize([
                .loadConstant(.x, 3), .store(.x, 2), .loadConstant(.a, 4), .arithmetic(.multiply, .x), .store(.a, 1),
                .branch(.greater, .k(11), jt: 1, jf: 0), .returnConstant(0), .returnConstant(9),
            ]) == [.returnConstant(9)])
    }

    @Test("Equal returns are merged")
    func equalReturnsMerged() throws {
        #expect(
            try optimize([
                .loadPacket(.byte, 0), .branch(.equal, .k(1), jt: 0, jf: 1), .returnConstant(0),
                .branch(.equal, .k(2), jt: 0, jf: 1), .returnConstant(0), .returnConstant(5),
            ]) == [
                .loadPacket(.byte, 0), .branch(.equal, .k(1), jt: 1, jf: 0),
                .branch(.equal, .k(2), jt: 0, jf: 1), .returnConstant(0), .returnConstant(5),
            ])
    }

    @Test("Long programs are optimized and never get slower")
    func longProgramsOptimizedNever() {
        var programs = BranchingPrograms(stream: 4)
        programs.maximumLength = 4000
        for count in 0..<20 {
            programs.endsEarly = count.isMultiple(of: 4)
            let program = programs.next()
            let optimized = Optimizer.optimize(program)
            for _ in 0..<50 {
                let packet = programs.packet()
                let (before, after) = (Execution(program, packet), Execution(optimized, packet))
                #expect(after.verdict == before.verdict)
                #expect(after.instructions <= before.instructions)
            }
        }
    }

    private func optimize(_ operations: [Operation]) throws -> [Operation] {
        Optimizer.optimize(try VerifiedProgram(Program(operations.map(Instruction.init)))).operations
    }
}
