/// The union of programs: one program that accepts what any of them accepts. This is what a tap attaches to its socket.
///
/// Programs that are decisions, as compiled expressions are, are planned together (see `Planner`): a question that many ask is
/// asked once, and a number that many compare with constants is looked up by halving, so that the time for a packet hardly
/// grows with the programs (see `PlannedUnion`).
///
/// The others are linked: the programs stand one after the other, and where one would drop the packet the next one starts. The
/// optimizer then makes the whole worth having: what the first program learned of the packet need not be asked again.
///
/// One rule of the machine is in the way. A load past the end of the packet drops it, at once, whatever a later program would
/// have said. So each load of each program but the last gets a guard that asks `len` first (see `Guards`).
extension Program {
    /// Why programs cannot be linked. The caller then splits its tap, or attaches a filter that accepts more.
    public enum UnionError: Error, Equatable, CustomStringConvertible {
        case tooLong(count: Int)
        /// Two programs have operations that cannot be guarded; only one program can be the last.
        case unguardable(Int, Int)
        case notForLinux(Int)
        case refused(VerifierError)
        /// Programs with lists that are more than a plan may consist of.
        case unplanned

        public var description: String {
            switch self {
            case .tooLong(let count):
                "the union needs \(count) instructions, but \(Program.maximumLength) is the most"
            case .unguardable(let one, let other):
                "programs \(one) and \(other) both read where a failure cannot be foreseen, so neither can come first"
            case .notForLinux(let index):
                "program \(index) is verified for libpcap, but a union is for the kernel"
            case .refused(let refusal):
                "the union breaks a rule of the kernel: \(refusal)"
            case .unplanned:
                "the filter is too long for one that looks addresses up in a list of hosts (shorten the rest of it)"
            }
        }
    }

    /// A program for the kernel that accepts a packet if and only if one of the programs does. Of none: drops all.
    ///
    /// It returns at least what each accepting program returns: the greatest value that the first accepting one, or one
    /// that was not asked any more, can return. The programs are asked from the greatest value down, so where each has one
    /// value only, as compiled expressions do, that is the greatest value of the accepting programs exactly. `ret a` with
    /// another number than 0 counts as the greatest of all, except in the program that is asked last.
    ///
    /// The packet must be whole, as the kernel's packets are: the guards take the length on the wire for the bytes there.
    ///
    /// Throws where there is no such program within the kernel's rules; the programs may then be united in smaller groups.
    public static func union(_ programs: [VerifiedProgram]) throws(UnionError) -> VerifiedProgram {
        if let index = programs.firstIndex(where: { $0.dialect != .linux }) { throw .notForLinux(index) }
        if programs.count > 1, let planned = PlannedUnion(programs)?.graph() {
            do { return try optimized(planned) } catch {
                // Linked they are shorter only where they are few; and long programs take long to make.
                let count = programs.reduce(0) { $0 + $1.operations.count }
                if count > 2 * Program.maximumLength { throw error }
            }
        }
        let parts = try inOrder(programs.map { Optimizer.optimize($0) })
        var linked = Linker()
        // Of a part and those after it: they have the greatest first, but for the last, which may be any.
        let last = parts.last?.greatestResult ?? 0
        for part in parts { linked.link(part, accepting: max(part.greatestResult, last)) }
        return try optimized(linked.finish())
    }

    static func optimized(_ graph: FlowGraph) throws(UnionError) -> VerifiedProgram {
        var optimizer = Optimizer(graph, packetsAreWhole: true)
        optimizer.run(threading: true)
        optimizer.shareBlocks()
        let program: Program
        do { program = try optimizer.graph.program() } catch { throw .tooLong(count: error.count) }
        do { return try VerifiedProgram(program) } catch { throw .refused(error) }
    }

    /// The parts as they are asked: those with the greatest results first, the one that cannot be guarded last. Equal programs
    /// are asked once.
    private static func inOrder(_ programs: [VerifiedProgram]) throws(UnionError) -> [UnionPart] {
        var seen: Set<VerifiedProgram> = []
        var parts: [UnionPart] = []
        for (index, program) in programs.enumerated() where seen.insert(program).inserted {
            parts.append(UnionPart(program, index: index))
        }
        parts.removeAll { $0.greatestResult == 0 }
        // The index keeps the order of equals.
        parts.sort { ($1.greatestResult, $0.index) < ($0.greatestResult, $1.index) }
        let last = parts.filter { $0.guarded == nil }
        if last.count > 1 { throw .unguardable(last[0].index, last[1].index) }
        return parts.filter { $0.guarded != nil } + last
    }
}

/// One program of a union.
struct UnionPart {
    let index: Int
    let graph: FlowGraph
    /// The same with guards before all that may fail; nil if there can be none. A guard leads to one more block when it
    /// finds that an operation would fail: the last, which returns 0.
    let guarded: FlowGraph?
    let greatestResult: UInt32

    init(_ program: VerifiedProgram, index: Int) {
        self.index = index
        var graph = FlowGraph(program)
        graph.removeUnreachable()
        self.graph = graph
        guarded = Guards.add(to: graph)
        greatestResult =
            graph.blocks.map { block -> UInt32 in
                if block.body.contains(where: \.endsWithA) { return .max }
                return switch block.exit {
                case .returnConstant(let k): k
                case .returnAccumulator: .max
                case .go, .test: 0
                }
            }.max() ?? 0
    }
}

/// Puts the parts of a union one after the other.
private struct Linker {
    private var parts: [(UnionPart, accepted: UInt32)] = []

    mutating func link(_ part: UnionPart, accepting accepted: UInt32) { parts.append((part, accepted)) }

    consuming func finish() -> FlowGraph {
        guard let (last, _) = parts.popLast() else {
            return FlowGraph(dialect: .linux, blocks: [.init(body: [], exit: .returnConstant(0))])
        }
        var blocks: [FlowGraph.Block] = []
        for (part, accepted) in parts {
            append(part.guarded ?? part.graph, to: &blocks, accepting: accepted, isFirst: blocks.isEmpty)
        }
        // The last part has no successor to spare: what fails there fails for all.
        append(last.graph, to: &blocks, accepting: nil, isFirst: blocks.isEmpty)
        return FlowGraph(dialect: .linux, blocks: blocks)
    }

    /// Appends a part whose verdicts 0 lead to the block after it, and whose others become `accepted`. nil leaves them.
    private func append(
        _ graph: FlowGraph, to blocks: inout [FlowGraph.Block], accepting accepted: UInt32?, isFirst: Bool
    ) {
        // A program may count on A and X being 0 at its start.
        let live = graph.liveIn[0]
        var cleared: [Operation] = []
        if !isFirst && live.contains(.a) { cleared.append(.loadConstant(.a, 0)) }
        if !isFirst && live.contains(.x) { cleared.append(.loadConstant(.x, 0)) }
        if !cleared.isEmpty { blocks.append(.init(body: cleared, exit: .go(to: blocks.count + 1))) }

        let base = blocks.count
        guard let accepted else {
            blocks += graph.blocks.map { .init(body: $0.body, exit: $0.exit.redirected { $0 + base }) }
            return
        }
        let accept = base + graph.blocks.count
        let next = accept + 1
        for block in graph.blocks {
            let exit: FlowGraph.Exit =
                switch block.exit {
                case .returnConstant(0): .go(to: next)
                case .returnConstant: .go(to: accept)
                case .returnAccumulator: .test(.equal, .k(0), then: next, otherwise: accept)
                default: block.exit.redirected { $0 + base }
                }
            blocks.append(.init(body: block.body, exit: exit))
        }
        blocks.append(.init(body: [], exit: .returnConstant(accepted)))
    }
}
