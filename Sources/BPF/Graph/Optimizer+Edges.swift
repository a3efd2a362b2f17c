// Passes on the edges between blocks.

extension Optimizer {
    /// Jump threading: redirects each edge past blocks that have no relevant effect and whose test has a known
    /// outcome, given the facts at the start of the edge.
    mutating func threadJumps() {
        var analysis = analysis()
        analysis.walk(operation: { _, _, _, _, _ in }) { block, facts, analysis in
            // Dominated blocks are finished first, so edges into them skip ahead at once and the pass stays linear.
            graph.blocks[block].exit = Optimizer.thread(block, graph, &facts, &analysis)
            // An edge past a block relies on values that the skipped block would have written: more locations are
            // live now, and edges into this block must not skip the block that writes them.
            analysis.liveIn[block] = graph.liveIn(of: block, analysis.liveIn)
        }
    }

    private static func thread(
        _ block: Int, _ graph: FlowGraph, _ facts: inout Facts, _ analysis: inout Analysis
    ) -> FlowGraph.Exit {
        let exit = graph.blocks[block].exit
        guard case .test(let comparison, let operand, let then, let otherwise) = exit,
            let test = analysis.test(of: block)
        else {
            return exit.redirected { Optimizer.follow($0, from: block, graph, facts, &analysis) }
        }
        if let outcome = facts.outcome(test, analysis.values) {
            return .go(to: Optimizer.follow(outcome ? then : otherwise, from: block, graph, facts, &analysis))
        }
        func follow(_ target: Int, when outcome: Bool) -> Int {
            let mark = facts.mark
            defer { facts.forget(to: mark) }
            facts.learn(test, outcome, analysis.values)
            return Optimizer.follow(target, from: block, graph, facts, &analysis)
        }
        let yes = follow(then, when: true)
        let no = follow(otherwise, when: false)
        return yes == no ? .go(to: yes) : .test(comparison, operand, then: yes, otherwise: no)
    }

    /// The furthest block that an edge can lead to directly.
    ///
    /// The edge may skip blocks that cannot fail, up to a block that finds the same values in all locations it reads
    /// as on the longer path. If the path reaches a load that must fail, the edge leads to a drop.
    private static func follow(
        _ target: Int, from source: Int, _ graph: FlowGraph, _ facts: Facts, _ analysis: inout Analysis
    ) -> Int {
        let registers = analysis.atEnd[source]
        let drop = analysis.lastDrop.flatMap { $0 > source ? $0 : nil }
        var onTheWay = registers
        var here = target
        var best = target
        while true {
            for operation in graph.blocks[here].body {
                if facts.mayFail(operation, onTheWay, &analysis.values) {
                    return facts.mustFail(operation, &analysis.values) ? drop ?? best : best
                }
                onTheWay.execute(operation, &analysis.values)
            }
            switch graph.blocks[here].exit {
            case .go(let next):
                here = next
            case .test(let comparison, let operand, let then, let otherwise):
                let test = analysis.test(comparison, operand, onTheWay)
                guard let outcome = facts.outcome(test, analysis.values) else { return best }
                here = outcome ? then : otherwise
            case .returnConstant, .returnAccumulator:
                return best
            }
            if onTheWay.agree(with: registers, on: analysis.liveIn[here]) { best = here }
        }
    }

    /// Merges a block with its only successor if that successor has no other predecessor.
    mutating func joinChains() {
        let predecessors = graph.predecessors
        // Backwards, so that chains of any length grow from their end.
        for index in graph.blocks.indices.reversed() {
            guard case .go(let next) = graph.blocks[index].exit, predecessors[next].count == 1 else { continue }
            graph.blocks[index].body += graph.blocks[next].body
            graph.blocks[index].exit = graph.blocks[next].exit
        }
        graph.removeUnreachable()
    }

    /// Merges all blocks that only return the same verdict. `Placement` copies the block where a jump would be too
    /// long.
    mutating func shareReturns() {
        shareBlocks { block, _ in block.body.isEmpty && block.exit.successors.isEmpty }
    }

    /// Merges equal blocks where that costs no instruction: a block that is another's fall-through successor stays.
    mutating func shareBlocks() {
        shareBlocks { _, isFallenInto in !isFallenInto }
    }

    private mutating func shareBlocks(where mayShare: (FlowGraph.Block, _ isFallenInto: Bool) -> Bool) {
        var isFallenInto = [Bool](repeating: false, count: graph.blocks.count)
        for block in graph.blocks {
            if case .go(let next) = block.exit { isFallenInto[next] = true }
        }
        var representative = Array(graph.blocks.indices)
        var known: [FlowGraph.Block: Int] = [:]
        // Backwards, because every edge can reach the last of several equal blocks.
        for index in graph.blocks.indices.reversed() {
            graph.blocks[index].exit = graph.blocks[index].exit.redirected { representative[$0] }
            if case .test(_, _, let then, let otherwise) = graph.blocks[index].exit, then == otherwise {
                graph.blocks[index].exit = .go(to: then)
            }
            let block = graph.blocks[index]
            if let same = known[block], mayShare(block, isFallenInto[index]) {
                representative[index] = same
            } else if known[block] == nil {
                known[block] = index
            }
        }
        graph.removeUnreachable()
    }
}
