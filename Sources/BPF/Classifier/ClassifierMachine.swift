import BasicContainers

/// Executes the steps of a classifier: those of an interpreter, verdicts on one of many programs, and calls of the
/// steps of a single program.
final class ClassifierMachine: Sendable {
    private let code: Code
    /// The number of scratch words that the steps use.
    let wordCount: Int
    /// The programs of each group; the programs of a group are equal.
    let groups: [[Int]]
    /// The programs that the interpreter runs one by one.
    let others: UniqueArray<Loner>

    init(_ plan: Plan, _ values: Values, groups: [[Int]], others: consuming UniqueArray<Loner>) {
        let classifierCode = ClassifierCode(plan, values)
        code = Code(classifierCode.unplacedSteps, start: classifierCode.start)
        wordCount = classifierCode.wordCount
        self.groups = groups
        self.others = others
    }

    @inline(__always)
    func run(
        _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata, _ matches: inout Matches
    ) {
        precondition(matches.owner == ObjectIdentifier(self), "the matches of another classifier")
        matches.reset()
        var registers = Registers(at: code)
        while true {
            switch registers.execute(packet, wireLength) {
            case .done: continue
            case .verdict:
                if !others.isEmpty { runOthers(packet, wireLength, metadata, &matches) }
                return
            case .notDone:
                let action = registers.action
                switch action.kind {
                case .accept:
                    decide(Int(action.offset), action.k, &matches)
                    registers.jump()
                case .acceptA:
                    decide(Int(action.offset), registers.a, &matches)
                    registers.jump()
                case .call:
                    if !matches.isDecided(Int(action.offset)) {
                        let verdict = call(registers, packet, wireLength, metadata, &matches)
                        decide(Int(action.offset), verdict, &matches)
                    }
                    registers.branch(true)
                default:
                    registers = executeRare(registers, packet, wireLength, metadata, &matches)
                }
            }
        }
    }

    @inline(never)
    private func runOthers(
        _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata, _ matches: inout Matches
    ) {
        for index in 0..<others.count {
            let verdict = others[index].interpreter.run(packet, wireLength: wireLength, metadata: metadata)
            if verdict != 0 { matches.append(others[index].program, verdict) }
        }
    }

    /// The verdict of the steps that a call enters.
    @inline(never)
    private func call(
        _ start: Registers, _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata,
        _ matches: inout Matches
    ) -> UInt32 {
        var registers = start
        registers.branch(false)
        while true {
            switch registers.execute(packet, wireLength) {
            case .done: continue
            case .verdict(let k): return k
            case .notDone: registers = executeRare(registers, packet, wireLength, metadata, &matches)
            }
        }
    }

    /// Executes a step that is not a common one.
    ///
    /// The registers are passed and returned by value, so the caller keeps its own in processor registers.
    @inline(never)
    private func executeRare(
        _ start: Registers, _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata,
        _ matches: inout Matches
    ) -> Registers {
        var registers = start
        var words = matches.words.mutableSpan
        if registers.executeRare(&words, packet, wireLength, metadata) { return registers }
        switch registers.action.kind {
        case .loadExtension, .lookUpIPv4, .lookUpIPv6:
            registers.set(a: 0)  // no interface, or the address is cut off: a later test checks for this value
        default:
            registers.fail()
        }
        return registers
    }

    /// Records the verdict on a group. Only the first verdict on a group counts.
    private func decide(_ group: Int, _ verdict: UInt32, _ matches: inout Matches) {
        guard matches.decide(group), verdict != 0 else { return }
        for program in groups[group] { matches.append(program, verdict) }
    }
}
