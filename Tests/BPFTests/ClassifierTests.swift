import TestSupport
import Testing

@testable import BPF

@Suite struct ClassifierTests {
    @Test("A classifier finds every program that accepts a packet by itself")
    func classifierFindsEveryProgram() {
        var programs = BranchingPrograms(stream: 6)
        programs.extensions = Extension.allCases.filter { $0 != .random }
        var metadata = PacketMetadata()
        metadata.vlanTCI = 2
        // Four or five programs per classifier.
        for count in 0..<TestScale.programs / 4 {
            programs.maximumLength = [8, 16, 60][count % 3]
            programs.dialect = count % 17 == 0 ? .libpcap : .linux
            // Some programs are equal, so that groups occur.
            var parts = (0...count % 7).map { _ in programs.next() }
            if count % 5 == 0 { parts += [parts[0], parts[0]] }
            let classifier = Classifier(parts)
            var matches = classifier.makeMatches()
            for round in 0..<10 {
                metadata.interfaceIndex = round.isMultiple(of: 3) ? 0 : 2
                let packet = programs.packet()
                let wireLength = packet.count + (round.isMultiple(of: 4) ? 20 : 0)
                let expected = parts.indices.compactMap { index -> Match? in
                    let verdict = Execution(parts[index], packet, wireLength: wireLength, metadata).verdict
                    return verdict == 0 ? nil : Match(program: index, verdict: verdict)
                }
                classifier.classify(
                    unsafe packet.span.bytes, wireLength: UInt32(wireLength), metadata: { metadata }, into: &matches)
                // Evaluated only on failure: building the listing takes longer than the whole test.
                #expect(
                    sorted(matches) == expected, "\(parts.map(\.listing).joined(separator: "\n\n"))\n\(packet)")
            }
        }
    }

    @Test("Programs on the same fields share one table lookup per field")
    func programsSameFieldsShare() throws {
        let programs = try (0..<256).map { try port(UInt32(1000 + $0 * 7)) }
        let classifier = Classifier(programs)
        #expect(classifier.loneCount == 0)
        var matches = classifier.makeMatches()
        for number in 990..<2900 {
            var packet = [UInt8](repeating: 0, count: 60)
            packet.replaceSubrange(12..<15, with: [8, 0, 0x45])
            packet[23] = 17
            packet.replaceSubrange(36..<38, with: [UInt8(number >> 8), UInt8(number & 0xff)])
            classifier.classify(unsafe packet.span.bytes, wireLength: 60, into: &matches)
            let expected = programs.indices.filter { 1000 + $0 * 7 == number }.map { Match(program: $0, verdict: 100) }
            #expect(sorted(matches) == expected)
        }
        // The plan is shared: one unit for each constant of the two tables and a few more, all of them twice, for
        // long and for short packets.
        var decisions = Decisions()
        let roots = programs.map { decisions.add($0) ?? 0 }
        #expect(Planner(roots, decisions).plan.units.count < 4 * 256 + 40)
    }

    @Test("A program that has been decided individually is not tested again")
    func programHasBeenDecided() throws {
        // Tests two bytes. If the first byte matches, the second must not match again.
        let either = try verified([
            .loadPacket(.byte, 0), .branch(.equal, .k(1), jt: 2, jf: 0),
            .loadPacket(.byte, 1), .branch(.equal, .k(2), jt: 0, jf: 1), .returnConstant(7), .returnConstant(0),
        ])
        // Rejects the packet if the first byte is 1, although the second byte would match.
        let neither = try verified([
            .loadPacket(.byte, 0), .branch(.equal, .k(1), jt: 3, jf: 0),
            .loadPacket(.byte, 1), .branch(.equal, .k(2), jt: 0, jf: 1), .returnConstant(7), .returnConstant(0),
        ])
        let others = try (10..<40).map { byte in
            try verified([
                .loadPacket(.byte, 0), .branch(.equal, .k(byte), jt: 2, jf: 0),
                .loadPacket(.byte, 1), .branch(.equal, .k(byte), jt: 0, jf: 1), .returnConstant(9), .returnConstant(0),
            ])
        }
        let programs = [either, neither] + others
        let classifier = Classifier(programs)
        var matches = classifier.makeMatches()
        for (first, second) in [(1, 2), (1, 1), (3, 2), (10, 10), (10, 11), (1, 12)] {
            let packet = [UInt8(first), UInt8(second)]
            classifier.classify(unsafe packet.span.bytes, wireLength: 2, into: &matches)
            let expected = programs.indices.compactMap { index -> Match? in
                let verdict = Execution(programs[index], packet).verdict
                return verdict == 0 ? nil : Match(program: index, verdict: verdict)
            }
            #expect(sorted(matches) == expected)
        }
    }

    @Test("The interpreter runs a program that has no decision graph")
    func interpreterRunsProgramHas() throws {
        let random = try verified([
            .loadExtension(.random, .word), .branch(.greaterOrEqual, .k(0), jt: 0, jf: 1), .returnConstant(3),
            .returnConstant(0),
        ])
        let classifier = Classifier([random, try port(53)])
        #expect(classifier.loneCount == 1)
        var matches = classifier.makeMatches()
        classifier.classify(unsafe [UInt8(0)].span.bytes, wireLength: 1, into: &matches)
        #expect(sorted(matches) == [Match(program: 0, verdict: 3)])
    }

    @Test("The interpreter runs a program that is too large for a decision graph")
    func interpreterRunsProgramToo() throws {
        // 450 blocks: each tests a byte, and both branches continue.
        var operations: [Operation] = [.loadPacket(.byte, 0), .transfer(to: .x)]
        for block in 0..<450 {
            operations += [
                .loadPacket(.byte, UInt32(block % 9)), .branch(.equal, .k(1), jt: 0, jf: 1), .transfer(to: .x),
            ]
        }
        let long = try verified(operations + [.transfer(to: .a), .returnAccumulator])
        let programs = [long, try port(53)]
        let classifier = Classifier(programs)
        #expect(classifier.loneCount == 1)
        var matches = classifier.makeMatches()
        for packet in [
            [0, 0, 0, 0, 0, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0, 0, 0, 0], [5, 1], [0, 1, 0, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]] {
            classifier.classify(unsafe packet.span.bytes, wireLength: UInt32(packet.count), into: &matches)
            let verdict = Execution(long, packet).verdict
            #expect(sorted(matches) == (verdict == 0 ? [] : [Match(program: 0, verdict: verdict)]))
        }
    }

    @Test("The successors of a dispatch are in the order of its constants")
    func successorsDispatchOrderConstants() {
        let value = ValueID(index: 0)
        let table = Dictionary(uniqueKeysWithValues: (0..<100).map { (UInt32($0 * 7919 % 1000), $0) })
        let exit = Plan.Exit.dispatch(value, table, otherwise: 100)
        #expect(exit.successors == table.keys.sorted().map { table[$0] ?? -1 } + [100])
    }

    @Test("The size of a plan is bounded even for programs with many different tests")
    func sizePlanBoundedEven() throws {
        // 64 programs, each with 12 of 24 tests in a random order: 2^24 combined states are possible.
        var generator = SeededGenerator(stream: 7)
        let programs = try (0..<64).map { index in
            var operations: [Operation] = []
            let bytes = (UInt32(0)..<24).shuffled(using: &generator).prefix(12)
            for (position, byte) in bytes.enumerated() {
                operations.append(.loadPacket(.byte, byte))
                let rest = UInt8((11 - position) * 2 + 1)
                operations.append(.branch(.greater, .k(50), jt: 0, jf: position.isMultiple(of: 3) ? 0 : rest))
            }
            return try verified(operations + [.returnConstant(UInt32(index + 1)), .returnConstant(0)])
        }
        let classifier = Classifier(programs)
        var matches = classifier.makeMatches()
        for _ in 0..<200 {
            let packet = (0..<24).map { _ in UInt8.random(in: 0...200, using: &generator) }
            classifier.classify(unsafe packet.span.bytes, wireLength: 24, into: &matches)
            let expected = programs.indices.compactMap { index -> Match? in
                let verdict = Execution(programs[index], packet).verdict
                return verdict == 0 ? nil : Match(program: index, verdict: verdict)
            }
            #expect(sorted(matches) == expected)
        }
    }

    @Test("A classifier without programs matches nothing")
    func classifierWithoutProgramsMatches() {
        let classifier = Classifier([])
        var matches = classifier.makeMatches()
        classifier.classify(unsafe [UInt8(1)].span.bytes, wireLength: 1, into: &matches)
        #expect(matches.count == 0)
    }

    private func sorted(_ matches: borrowing Matches) -> [Match] {
        var list: [Match] = []
        for index in 0..<matches.count { list.append(matches[index]) }
        return list.sorted { $0.program < $1.program }
    }

    /// `udp port N` for IPv4.
    private func port(_ number: UInt32) throws -> VerifiedProgram {
        try verified([
            .loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 0, jf: 10),
            .loadPacket(.byte, 23), .branch(.equal, .k(17), jt: 0, jf: 8),
            .loadPacket(.half, 20), .branch(.anyBit, .k(0x1fff), jt: 6, jf: 0), .loadHeaderLength(14),
            .loadPacketIndexed(.half, 14), .branch(.equal, .k(number), jt: 2, jf: 0),
            .loadPacketIndexed(.half, 16), .branch(.equal, .k(number), jt: 0, jf: 1),
            .returnConstant(100), .returnConstant(0),
        ])
    }

    private func verified(_ operations: [Operation]) throws -> VerifiedProgram {
        try VerifiedProgram(Program(operations.map(Instruction.init)))
    }
}
