/// What the optimizer's passes know about a graph all of whose blocks can be reached: the values in the registers wherever a
/// block begins and ends, what is live, and who dominates whom.
struct Analysis {
    let graph: FlowGraph
    var values: Values
    let predecessors: [[Int]]
    var liveIn: [Locations]
    /// The last block that does nothing but drop the packet.
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
            // All predecessors come earlier in the array, so all that can arrive here is known.
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

    /// Walks down the tree of dominators, from the entry, with the facts that hold on the way: those of all blocks that
    /// dominate a block hold in it.
    ///
    /// `operation` is called for each operation before it is executed, in the order of the program along each branch of the
    /// tree; `leaving` with the facts at the end of a block, after all blocks that it dominates, the last in the array first.
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
        var tasks = [Task.enter(0)]  // no recursion: the tree may be as deep as the program is long
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

    /// Who enters a block by its only edge comes from a test that ended in a known way.
    private mutating func learnFromEdge(into block: Int, _ facts: inout Facts) {
        guard predecessors[block].count == 1, let previous = predecessors[block].first,
            case .test(_, _, let then, _) = graph.blocks[previous].exit, let test = test(of: previous)
        else { return }
        facts.learn(test, then == block, values)
    }
}
