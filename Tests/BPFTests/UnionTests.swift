import TestSupport
import Testing

@testable import BPF

@Suite struct UnionTests {
    @Test("A union accepts what any of its programs accepts")
    func unionAcceptsWhatAny() throws {
        var programs = BranchingPrograms(stream: 5)
        programs.maximumLength = 16
        programs.extensions = [.vlanPresent, .type, .xorX]
        var linked = 0
        // Three programs per union on average.
        let unions = TestScale.programs / 3
        for count in 0..<unions {
            var parts = (0...count % 5).map { _ in programs.next() }
            // Unions of programs with a single non-zero verdict are built differently.
            if count.isMultiple(of: 2) { parts = try parts.map { try verified($0.operations.map(\.yesOrNo)) } }
            let union: VerifiedProgram
            do { union = try Program.union(parts) } catch {
                guard case .unguardable = error else {
                    Issue.record(error)
                    continue
                }
                continue
            }
            linked += 1
            for _ in 0..<10 {
                let packet = programs.packet()
                let verdicts = parts.map { Execution($0, packet).verdict }
                let result = Execution(union, packet).verdict
                // Evaluated only on failure: building the listing takes longer than the whole test.
                func listing() -> String {
                    parts.map(\.listing).joined(separator: "\n\n") + "\n=>\n\(union.listing)\n\(packet)"
                }
                #expect((result == 0) == verdicts.allSatisfy { $0 == 0 }, "\(listing())")
                #expect(verdicts.allSatisfy { $0 <= result }, "\(listing())")
            }
        }
        #expect(linked > unions / 3)
    }

    @Test("A union of programs with one verdict each returns the highest of the accepting programs")
    func unionProgramsOneVerdict() throws {
        func program(_ byte: UInt32, _ result: UInt32) throws -> VerifiedProgram {
            try verified([
                .loadPacket(.byte, 0), .branch(.anyBit, .k(byte), jt: 0, jf: 1),
                .returnConstant(result), .returnConstant(0),
            ])
        }
        let union = try Program.union([program(1, 64), program(2, 1500), program(4, 96)])
        for byte in UInt8(0)..<8 {
            let expected = [(1, 64), (2, 1500), (4, 96)].filter { Int(byte) & $0.0 != 0 }.map(\.1).max() ?? 0
            #expect(Execution(union, [byte]).verdict == UInt32(expected))
        }
    }

    @Test("A program that rejects a constant that other programs accept still rejects it in a union")
    func programRejectsConstantPrograms() throws {
        // 0x50 is one of many constants, so few programs depend on it and are decided individually.
        let not = try verified([
            .loadPacket(.byte, 0), .branch(.equal, .k(0x50), jt: 0, jf: 1), .returnConstant(0), .returnConstant(9),
        ])
        let others = try (1...20).map { number in
            try verified([
                .loadPacket(.byte, 0), .branch(.equal, .k(number), jt: 0, jf: 1), .returnConstant(9),
                .returnConstant(0),
            ])
        }
        let onlyOthers = Interpreter(try Program.union([not] + others))
        #expect(onlyOthers.run([0x50]) == 0)
        #expect(onlyOthers.run([0x51]) == 9 && onlyOthers.run([7]) == 9)
    }

    @Test("A program that fails on a short packet does not prevent later programs from running")
    func programFailsShortPacket() throws {
        let far = try verified([.loadPacket(.word, 100), .returnConstant(1)])
        let any = try verified([.returnConstant(1)])
        #expect(Execution(try Program.union([far, any]), [1, 2, 3]).verdict == 1)
    }

    @Test("Registers are zero at the start of each program")
    func registersZeroStartProgram() throws {
        let first = try verified([
            .loadPacket(.byte, 0), .transfer(to: .x), .branch(.equal, .k(9), jt: 0, jf: 1),
            .returnConstant(1), .returnConstant(0),
        ])
        let second = try verified([
            .arithmetic(.add, .x), .branch(.equal, .k(0), jt: 0, jf: 1), .returnConstant(1), .returnConstant(0),
        ])
        #expect(Execution(try Program.union([first, second]), [5]).verdict == 1)
    }

    @Test("Shared tests are evaluated once")
    func sharedTestsEvaluatedOnce() throws {
        func port(_ number: UInt32) throws -> VerifiedProgram {
            try verified([
                .loadPacket(.half, 12), .branch(.equal, .k(0x800), jt: 0, jf: 9),
                .loadPacket(.byte, 23), .branch(.equal, .k(17), jt: 0, jf: 7),
                .loadPacket(.half, 20), .branch(.anyBit, .k(0x1fff), jt: 5, jf: 0),
                .loadHeaderLength(14), .loadPacketIndexed(.half, 16),
                .branch(.equal, .k(number), jt: 0, jf: 2), .negate, .returnConstant(100), .returnConstant(0),
            ])
        }
        let union = try Program.union((0..<20).map { try port($0 + 1000) })
        func loads(_ operation: Operation) -> Int { union.operations.count { $0 == operation } }
        #expect(loads(.loadPacket(.half, 12)) == 1)
        #expect(loads(.loadPacket(.byte, 23)) == 1)
        #expect(loads(.loadHeaderLength(14)) == 1)
        // The last program has no guards: where the first guard finds that the port is missing, its load fails for
        // all.
        #expect(loads(.loadPacketIndexed(.half, 16)) <= 2)
    }

    @Test("Many filters take hardly more instructions than a few")
    func manyFiltersTakeHardly() throws {
        let compiler = try ExpressionCompiler(dataLinkType: 1)
        let filters = try (0..<256).map { index in
            let expressions = [
                "udp port \(7000 + index)", "tcp port \(7000 + index)", "host 172.16.\(index / 200).\(1 + index % 200)",
                "udp port \(7000 + index) and not host 10.0.0.\(index % 8)",
            ]
            return try VerifiedProgram(compiler.compile(expressions[index % expressions.count]))
        }
        let few = try Program.union(Array(filters.prefix(16)))
        let many = try Program.union(filters)
        #expect(many.operations.count < 2500, "\(many.operations.count) instructions")
        var generator = SeededGenerator(stream: 11)
        var (accepted, steps) = (0, (few: 0, many: 0))
        for _ in 0..<2000 {
            let frame = UnionTests.frame(&generator)
            let result = Execution(many, frame)
            #expect((result.verdict > 0) == filters.contains { Execution($0, frame).verdict > 0 }, "\(frame)")
            guard result.verdict == 0 else {
                accepted += 1
                continue
            }
            steps = (steps.few + Execution(few, frame).instructions, steps.many + result.instructions)
        }
        #expect((200...1800).contains(accepted))
        #expect(steps.many < 2 * steps.few, "\(steps)")
    }

    /// The headers of a frame that a filter may accept; truncated in one of eight cases.
    private static func frame(_ generator: inout SeededGenerator) -> [UInt8] {
        func any(_ values: [Int]) -> Int { values.randomElement(using: &generator) ?? 0 }
        func port() -> Int { any([Int.random(in: 6900...7400, using: &generator), 80]) }
        func host() -> [Int] {
            any([0, 1]) == 0 ? [172, 16, any([0, 1, 2]), any(Array(0...255))] : [10, 0, 0, any([1, 99])]
        }
        func bytes(_ number: Int) -> [Int] { [number / 256, number % 256] }
        let ports = bytes(port()) + bytes(port())
        let link = [Int](repeating: 2, count: 12)
        let frame: [Int]
        switch any([4, 4, 4, 6, 0]) {
        case 4:
            let words = any([5, 5, 6])
            let (fragment, length) = (bytes(any([0, 0, 0, 99])), [Int](repeating: 1, count: 4 * (words - 5)))
            let fields = [0x40 + words, 0, 0, 60, 0, 0] + fragment + [64, any([17, 17, 6, 1]), 0, 0]
            frame = link + [8, 0] + fields + host() + host() + length + ports
        case 6:
            frame =
                link + [0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, any([17, 6]), 64] + [Int](repeating: 9, count: 32) + ports
        default: frame = link + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + link.prefix(6) + host() + link.prefix(6) + host()
        }
        let whole = frame.map { UInt8($0) } + [UInt8](repeating: 0, count: any([0, 6, 20]))
        return any([0, 1, 2, 3, 4, 5, 6, 7]) > 0 ? whole : Array(whole.prefix(any(Array(1...60))))
    }

    @Test("A union that cannot be built reports the reason")
    func unionCannotBeBuilt() throws {
        let header = try verified([.loadPacket(.byte, 0xfff0_0000), .returnAccumulator])
        let other = try verified([.loadPacket(.byte, 0xfff0_0001), .returnAccumulator])
        #expect(throws: Program.UnionError.unguardable(0, 1)) { try Program.union([header, other]) }
        let libpcap = try VerifiedProgram(.rejectAll, as: .libpcap)
        #expect(throws: Program.UnionError.notForLinux(1)) { try Program.union([header, libpcap]) }
        // 300 programs of 20 distinct loads each.
        let long = try (0..<300).map { (index: UInt32) throws -> VerifiedProgram in
            var operations: [Operation] = []
            for load: UInt32 in 0..<20 {
                operations.append(.loadPacket(.word, load * 3 + index))
                let rest = UInt8((19 - load) * 2 + 1)
                operations.append(.branch(.equal, .k(index * 20 + load), jt: 0, jf: rest))
            }
            return try verified(operations + [.returnConstant(1), .returnConstant(0)])
        }
        #expect { try Program.union(long) } throws: { error in
            if case .tooLong? = error as? Program.UnionError { true } else { false }
        }
    }

    @Test("A load at the end of the offset range has no guard")
    func loadEndOffsetRange() throws {
        let compiler = try ExpressionCompiler(dataLinkType: 1)
        let far = try VerifiedProgram(compiler.compile("tcp[2147483632:4] = 1"))
        let udp = try VerifiedProgram(compiler.compile("udp"))
        let union = try Program.union([far, udp])
        var frame = [UInt8](repeating: 0, count: 60)
        frame.replaceSubrange(12..<15, with: [8, 0, 0x45])
        for (proto, isAccepted) in [(17, true), (6, false)] {
            frame[23] = UInt8(proto)
            #expect((Execution(union, frame).verdict > 0) == isAccepted)
        }
        for k in UInt32(0x7fff_fffc)...0x8000_0003 {
            for size in Size.allCases {
                let program = try verified([.loadHeaderLength(0), .loadPacketIndexed(size, k), .returnConstant(1)])
                let other = try verified([.loadPacket(.byte, 0), .returnAccumulator])
                #expect(Execution(try Program.union([program, other]), [3]).verdict == .max)
                #expect(Guards.add(to: FlowGraph(program)) == nil)
            }
        }
    }

    @Test("A value that is repeatedly added to itself is not expanded")
    func valueRepeatedlyAddedItself() throws {
        let doubled = [Operation](repeating: .transfer(to: .x), count: 15).flatMap { [$0, .arithmetic(.add, .x)] }
        let parts = try [5, 6].map { byte in
            try verified(
                [.loadPacket(.byte, byte)] + doubled
                    + [.branch(.greater, .k(1 << 20), jt: 0, jf: 1), .returnConstant(1), .returnConstant(0)])
        }
        #expect(PlannedUnion(parts)?.graph() == nil)
        let union = try Program.union(parts)
        #expect(union.operations.count < 100)
        for packet in [[0, 0, 0, 0, 0, 40, 0], [0, 0, 0, 0, 0, 0, 33], [0, 0, 0, 0, 0, 32, 32]] as [[UInt8]] {
            #expect(Execution(union, packet).verdict == (packet.max() == 32 ? 0 : 1))
        }
    }

    @Test("The union of no programs drops every packet")
    func unionNoProgramsDrops() throws {
        #expect(Execution(try Program.union([]), [1]).verdict == 0)
    }

    private func verified(_ operations: [Operation]) throws -> VerifiedProgram {
        try VerifiedProgram(Program(operations.map(Instruction.init)))
    }
}

extension Operation {
    /// A return with its verdict limited to 1; any other operation unchanged.
    fileprivate var yesOrNo: Operation {
        switch self {
        case .returnConstant(let k): .returnConstant(min(k, 1))
        case .returnAccumulator: .returnConstant(1)
        default: self
        }
    }
}
