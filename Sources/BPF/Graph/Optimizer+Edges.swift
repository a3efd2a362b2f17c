// The passes that look at the edges between blocks.

extension Optimizer {
    /// Leads each edge on, over all blocks whose operations change nothing that matters and whose tests can end only one way,
    /// given what is known where the edge begins.
    mutating func threadJumps() {
        var analysis = analysis()
        analysis.walk(operation: { _, _, _, _, _ in }) { block, facts, analysis in
            // Blocks further down were done before, so that edges into them lead on at once: time stays linear.
            graph.blocks[block].exit = Optimizer.thread(block, graph, &facts, &analysis)
            // An edge that leads over a block needs what that block would have written to be there already: more is live now,
            // and edges into this block must not lead over the one that writes it.
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

    /// The last block that an edge can lead to at once. It may pass over blocks that cannot fail, to one that finds in all
    /// registers it reads what it would find there by the longer way. If it comes to a load that must fail, it is a drop.
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

    /// Joins each block that is left only for one other with that other, if that is entered only from there.
    mutating func joinChains() {
        let predecessors = graph.predecessors
        // From the last to the first, so that chains of any length grow from their end.
        for index in graph.blocks.indices.reversed() {
            guard case .go(let next) = graph.blocks[index].exit, predecessors[next].count == 1 else { continue }
            graph.blocks[index].body += graph.blocks[next].body
            graph.blocks[index].exit = graph.blocks[next].exit
        }
        graph.removeUnreachable()
    }

    /// Makes one block of all that do nothing but return the same. Where the jump to it gets too long, `Placement` copies it.
    mutating func shareReturns() {
        shareBlocks { block, _ in block.body.isEmpty && block.exit.successors.isEmpty }
    }

    /// Makes one block of all that are equal. Only where it costs nothing: a block that another falls into stays.
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
        // Backwards, as the last of equal blocks is the one that all edges can reach.
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
