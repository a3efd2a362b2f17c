/// Executes a classifier's steps, which are an interpreter's and a few more: verdicts on one of many programs, and calls of the
/// steps of one program alone.
///
/// Unsafe here: the lists of members, which are allocated and freed here, and read where a step's `accept` or `call` says. All
/// of them were made of these lists.
@safe final class ClassifierMachine: @unchecked Sendable {
    private let code: Code
    /// How many words of scratch memory the steps name.
    let wordCount: Int
    /// The programs of each group of equal ones: group g has those from `groups[g]` to `groups[g + 1]`.
    private let members: UnsafeMutableBufferPointer<Int>
    private let groups: UnsafeMutableBufferPointer<Int>

    var groupCount: Int { unsafe groups.count - 1 }

    init(_ plan: Plan, _ values: Values, members: [[Int]]) {
        var ends = [0]
        for group in members { ends.append(ends[ends.count - 1] + group.count) }
        let classifierCode = ClassifierCode(plan, values)
        code = Code(classifierCode.drafts, start: classifierCode.start)
        wordCount = classifierCode.wordCount
        unsafe self.members = ClassifierMachine.copy(members.flatMap(\.self))
        unsafe groups = ClassifierMachine.copy(ends)
    }

    private static func copy(_ array: [Int]) -> UnsafeMutableBufferPointer<Int> {
        let copy = UnsafeMutableBufferPointer<Int>.allocate(capacity: array.count)
        _ = unsafe copy.initialize(from: array)
        return unsafe copy
    }

    deinit {
        unsafe members.deallocate()
        unsafe groups.deallocate()
    }

    func run(
        _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata, _ matches: inout Matches
    ) {
        precondition(
            matches.words.count == wordCount && matches.groups == groupCount, "the matches of another classifier")
        matches.reset()
        var registers = Registers(at: code)
        while true {
            switch registers.execute(packet, wireLength) {
            case .done: continue
            case .verdict: return
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

    /// The verdict of the steps that a call leads to.
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

    /// Executes a step that is not a common one. It is told the registers, and tells them, by value: so the caller's stay in the
    /// processor's.
    @inline(never)
    private func executeRare(
        _ start: Registers, _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata,
        _ matches: inout Matches
    ) -> Registers {
        var registers = start
        var words = matches.words.mutableSpan
        if registers.executeRare(&words, packet, wireLength, metadata) { return registers }
        if registers.action.kind == .loadExtension {
            registers.set(a: 0)  // an interface that the packet does not have: a test asks for that
        } else {
            registers.fail()
        }
        return registers
    }

    /// The first verdict on a program counts, later ones do not.
    @inline(__always) private func decide(_ group: Int, _ verdict: UInt32, _ matches: inout Matches) {
        guard matches.decide(group), verdict != 0 else { return }
        for index in unsafe groups[group]..<groups[group + 1] { matches.append(unsafe members[index], verdict) }
    }
}
