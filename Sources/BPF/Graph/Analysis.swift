/// What the optimizer's passes know about a graph: register values at the start and end of each block, live locations
/// and dominators.
///
/// All blocks of the graph must be reachable.
struct Analysis {
    let graph: FlowGraph
    var values: Values
    let predecessors: [[Int]]
    var liveIn: [Locations]
    /// The last block that only drops the packet.
    let lastDrop: Int?
    private(set) var atStart: [RegisterValues] = []
    private(set) var atEnd: [RegisterValues] = []

    init(_ graph: FlowGraph, packetsAreWhole: Bool) {
        self.graph = graph
        values = Values(dialect: graph.dialect, packetsAreWhole: packetsAreWhole)
        predecessors = graph.predecessors
        liveIn = graph.liveIn
        lastDrop = graph.blocks.lastIndex(of: .init(body: [], exit: .returnConstant(0)))
        atStart.reserveCapacity(graph.blocks.count)
        atEnd.reserveCapacity(graph.blocks.count)
        for (index, block) in graph.blocks.enumerated() {
            // All predecessors precede the block in the array, so their final values are known.
            var registers: RegisterValues
            if let first = predecessors[index].first {
                registers = atEnd[first]
                for other in predecessors[index].dropFirst() { registers = registers.meeting(atEnd[other], &values) }
            } else {
                registers = RegisterValues(atStart: &values)
            }
            atStart.append(registers)
            for operation in block.body { registers.execute(operation, &values) }
            atEnd.append(registers)
        }
    }

    /// The test at the end of a block, in terms of values.
    mutating func test(of block: Int) -> Test? {
        guard case .test(let comparison, let operand, _, _) = graph.blocks[block].exit else { return nil }
        return test(comparison, operand, atEnd[block])
    }

    mutating func test(_ comparison: Comparison, _ operand: Operand, _ registers: RegisterValues) -> Test {
        Test(left: registers.a, comparison: comparison, right: registers.value(of: operand, &values))
    }

    /// Walks the dominator tree from the entry, with the facts that hold at each point. The facts of all dominators
    /// of a block hold in the block.
    ///
    /// `operation` is called for each operation before its execution, in program order along each branch of the tree.
    /// `leaving` is called with the facts at the end of a block, after all blocks that it dominates; the last block
    /// in array order comes first.
    mutating func walk(
        operation: (_ block: Int, _ position: Int, RegisterValues, Facts, inout Analysis) -> Void,
        leaving: (_ block: Int, inout Facts, inout Analysis) -> Void
    ) {
        enum Task {
            case enter(Int)
            case leave(Int, Facts.Mark)
        }
        let children = Dominators(graph).children
        var facts = Facts()
        var tasks = [Task.enter(0)]  // no recursion: the tree can be as deep as the program is long
        while let task = tasks.popLast() {
            switch task {
            case .enter(let block):
                tasks.append(.leave(block, facts.mark))
                learnFromEdge(into: block, &facts)
                var registers = atStart[block]
                for (position, next) in graph.blocks[block].body.enumerated() {
                    operation(block, position, registers, facts, &self)
                    facts.learn(next, registers, &values)
                    registers.execute(next, &values)
                }
                for child in children[block] { tasks.append(.enter(child)) }
            case .leave(let block, let mark):
                leaving(block, &facts, &self)
                facts.forget(to: mark)
            }
        }
    }

    /// A block with a single incoming edge is entered only if the test before it had a known outcome.
    private mutating func learnFromEdge(into block: Int, _ facts: inout Facts) {
        guard predecessors[block].count == 1, let previous = predecessors[block].first,
            case .test(_, _, let then, _) = graph.blocks[previous].exit, let test = test(of: previous)
        else { return }
        facts.learn(test, then == block, values)
    }
}
