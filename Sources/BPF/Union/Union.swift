/// The merged filter: one program that accepts a packet if any of several programs accepts it. A tap attaches it to
/// its socket.
///
/// Programs that have decision graphs, as compiled expressions do, are planned together (see `Planner`). A common
/// test is evaluated once, and comparisons with many constants become a binary search. So the time per packet hardly
/// grows with the number of programs (see `PlannedUnion`).
///
/// Other programs are linked in sequence: where one would drop the packet, the next one starts. The optimizer then
/// removes the tests that earlier programs have already made.
///
/// A load past the end of the packet would drop it immediately, before later programs have run. So each load of each
/// program but the last gets a guard that tests `len` first (see `Guards`).
extension Program {
    /// Programs cannot be merged. The caller then uses several taps, or attaches a filter that accepts more.
    public enum UnionError: Error, Equatable, CustomStringConvertible {
        /// The union needs more than ``Program/maximumLength`` instructions.
        case tooLong(count: Int)
        /// Two programs have operations that cannot be guarded; only the last program may have them.
        case unguardable(Int, Int)
        /// The program at this index is verified for libpcap.
        case notForLinux(Int)
        /// The union violates a rule of the kernel.
        case refused(VerifierError)
        /// Programs with lists that exceed what a plan can contain.
        case unplanned

        public var description: String {
            switch self {
            case .tooLong(let count):
                "the union needs \(count) instructions, more than the limit of \(Program.maximumLength)"
            case .unguardable(let one, let other):
                "programs \(one) and \(other) both read at offsets that may be out of range, so neither can be first"
            case .notForLinux(let index):
                "program \(index) is verified by libpcap's rules, but a union requires the kernel's"
            case .refused(let refusal):
                "the union breaks a rule of the kernel: \(refusal)"
            case .unplanned:
                "the filter is too long to be combined with a list of hosts (shorten the rest of the filter)"
            }
        }
    }

    /// Merges programs into one kernel program that accepts a packet if and only if at least one of them does.
    ///
    /// The union of no programs drops every packet. The packet must be complete, as it is in the kernel: the guards
    /// take the length on the wire for the captured length.
    ///
    /// The verdict is at least that of each accepting program. It is the highest verdict possible for the first
    /// accepting program and those that were not run after it. Programs run in descending order of their highest
    /// verdict. So if each program has a single non-zero verdict, as compiled expressions do, the result is exactly
    /// the highest verdict of the accepting programs. `ret a` with a non-zero A counts as the highest possible
    /// verdict, except in the program that runs last.
    ///
    /// Throws if there is no such program within the kernel's rules. Smaller groups of the programs may still have a
    /// union.
    public static func union(_ programs: [VerifiedProgram]) throws(UnionError) -> VerifiedProgram {
        if let index = programs.firstIndex(where: { $0.dialect != .linux }) { throw .notForLinux(index) }
        if programs.count > 1, let planned = PlannedUnion(programs)?.graph() {
            do { return try optimized(planned) } catch {
                // Linked programs are shorter only if they are few, and long ones take long to build.
                let count = programs.reduce(0) { $0 + $1.operations.count }
                if count > 2 * Program.maximumLength { throw error }
            }
        }
        let parts = try inOrder(programs.map { Optimizer.optimize($0) })
        var linked = Linker()
        // The highest verdict of a part and those after it. They are sorted in descending order, except for the last,
        // which may have any.
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

    /// The distinct programs in the order in which they run: highest verdicts first, but the program that cannot be
    /// guarded last.
    private static func inOrder(_ programs: [VerifiedProgram]) throws(UnionError) -> [UnionPart] {
        var seen: Set<VerifiedProgram> = []
        var parts: [UnionPart] = []
        for (index, program) in programs.enumerated() where seen.insert(program).inserted {
            parts.append(UnionPart(program, index: index))
        }
        parts.removeAll { $0.greatestResult == 0 }
        // The index makes the sort stable.
        parts.sort { ($1.greatestResult, $0.index) < ($0.greatestResult, $1.index) }
        let last = parts.filter { $0.guarded == nil }
        if last.count > 1 { throw .unguardable(last[0].index, last[1].index) }
        return parts.filter { $0.guarded != nil } + last
    }
}

/// A program of a union.
struct UnionPart {
    let index: Int
    let graph: FlowGraph
    /// The graph with guards before all operations that may fail; nil if they cannot be guarded. Failed guards lead
    /// to an additional last block, which returns 0.
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

/// Links the parts of a union in sequence.
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
        // No part follows, so a failure in the last part may drop the packet.
        append(last.graph, to: &blocks, accepting: nil, isFirst: blocks.isEmpty)
        return FlowGraph(dialect: .linux, blocks: blocks)
    }

    /// Appends a part. Its verdict 0 leads to the block after it, other verdicts become `accepted`; nil keeps the
    /// verdicts.
    private func append(
        _ graph: FlowGraph, to blocks: inout [FlowGraph.Block], accepting accepted: UInt32?, isFirst: Bool
    ) {
        // A program may rely on A and X being 0 at its start.
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
