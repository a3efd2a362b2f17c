import BPF

extension FuzzTarget {
    /// Two programs, metadata and a packet. If the verifier accepts the programs, all implementations must agree: the
    /// reference machine, the interpreter, the optimizer's output, the classifier and the union.
    static let machine = FuzzTarget(
        "machine",
        seeds: [0, 1, 2, 3, 0x41].map { flags in
            [flags, 8, 6] + (0..<140).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ Int(flags)) }
        }
    ) { input in
        var bytes = ByteSource(input.array)
        let setting = MachineSetting(&bytes)
        let programs = setting.programs(&bytes)
        let verified = programs.compactMap { try? VerifiedProgram($0, as: setting.dialect) }
        guard verified.count == programs.count, !verified.contains(where: \.isRandom) else { return }
        setting.check(verified, on: Array(bytes.rest))
    }
}

/// The parameters of a case other than programs and packet.
private struct MachineSetting {
    let dialect: Dialect
    /// Whether instructions are arbitrary bits, or likely to be valid.
    let isRaw: Bool
    /// The difference between the length on the wire and the captured length.
    let missing: UInt32
    private let counts: [Int]
    private let metadata: PacketMetadata

    init(_ bytes: inout ByteSource) {
        let flags: UInt8 = bytes.next()
        dialect = flags & 1 == 0 ? .linux : .libpcap
        isRaw = flags & 0x40 != 0
        missing = flags & 2 == 0 ? 0 : 40
        counts = [Int(bytes.next(UInt8.self)) % 64, Int(bytes.next(UInt8.self)) % 64]
        var metadata = PacketMetadata()
        metadata.interfaceIndex = UInt32(bytes.next(UInt8.self) % 3)
        metadata.mark = bytes.next()
        metadata.networkOffset = UInt32(bytes.next(UInt8.self) % 40)
        metadata.proto = bytes.next()
        metadata.hardwareType = bytes.next()
        metadata.vlanTCI = bytes.next()
        metadata.vlanIsPresent = flags & 4 != 0
        metadata.packetType = bytes.next(UInt8.self) % 8
        self.metadata = metadata
    }

    func programs(_ bytes: inout ByteSource) -> [Program] {
        counts.map { count in
            let body = (0..<count).map { isRaw ? bytes.instruction() : bytes.likelyInstruction(room: count - $0 - 1) }
            return Program(body + [isRaw ? bytes.instruction() : Instruction(.returnAccumulator)])
        }
    }

    func check(_ programs: [VerifiedProgram], on packet: [UInt8]) {
        let bytes = unsafe packet.span.bytes
        let wireLength = UInt32(packet.count) + missing
        let verdicts = programs.map { program in
            let verdict = Machine.run(program, on: bytes, wireLength: wireLength, metadata: metadata)
            let optimized = Optimizer.optimize(program)
            let counts = [optimized, program].map { $0.instructionCount(bytes, wireLength, metadata) }
            require(counts[0] <= counts[1], "slower, \(counts):\n\(program.program.assembly)\(packet)")
            let answers = [program, optimized].map {
                Interpreter($0).run(bytes, wireLength: wireLength) { metadata }
            }
            require(
                answers == [verdict, verdict], "\(verdict), \(answers):\n\(program.program.assembly)\(packet)")
            return verdict
        }
        let classifier = Classifier(programs)
        var matches = classifier.makeMatches()
        classifier.classify(bytes, wireLength: wireLength, metadata: { metadata }, into: &matches)
        var classified = programs.map { _ in 0 as UInt32 }
        require(matches.count == verdicts.count { $0 != 0 }, "\(matches.count) matches: \(listing(programs))\(packet)")
        for index in 0..<matches.count { classified[matches[index].program] = matches[index].verdict }
        require(classified == verdicts, "\(verdicts), \(classified): \(listing(programs))\(packet)")

        // A union is for the kernel, where packets are complete.
        guard missing == 0, dialect == .linux, let union = try? Program.union(programs) else { return }
        let verdict = Interpreter(union).run(bytes, wireLength: wireLength) { metadata }
        require(
            (verdict != 0) == verdicts.contains { $0 != 0 } && verdict >= verdicts.max() ?? 0,
            "\(verdicts), union \(verdict): \(listing(programs))\(packet)")
    }

    private func listing(_ programs: [VerifiedProgram]) -> String {
        programs.map(\.program.assembly).joined(separator: "---\n")
    }
}

extension VerifiedProgram {
    fileprivate func instructionCount(_ packet: RawSpan, _ wireLength: UInt32, _ metadata: PacketMetadata) -> Int {
        var machine = Machine(self)
        while machine.verdict == nil { machine.step(on: packet, wireLength: wireLength, metadata: metadata) }
        return machine.count
    }

    /// Whether two runs may have different results.
    fileprivate var isRandom: Bool {
        operations.contains { if case .loadExtension(.random, _) = $0 { true } else { false } }
    }
}
