// Passes on the operations inside blocks.

extension Optimizer {
    /// Value numbering and constant propagation: removes operations that write a value to where it already is.
    mutating func simplifyOperations() {
        var analysis = analysis()
        for index in graph.blocks.indices {
            var registers = analysis.atStart[index]
            var body: [Operation] = []
            for operation in graph.blocks[index].body {
                if let simpler = Optimizer.simplify(operation, registers, &analysis.values) { body.append(simpler) }
                registers.execute(operation, &analysis.values)
            }
            graph.blocks[index].body = body
            if case .test(let comparison, .x, let then, let otherwise) = graph.blocks[index].exit,
                let k = analysis.values.constant(registers.x)
            {
                graph.blocks[index].exit = .test(comparison, .k(k), then: then, otherwise: otherwise)
            }
        }
    }

    /// The operation in its simplest form; nil if it has no effect. A load whose value is already in its register has
    /// been executed before, and succeeded.
    private static func simplify(_ operation: Operation, _ registers: RegisterValues, _ values: inout Values)
        -> Operation?
    {
        guard let (location, value) = registers.result(of: operation, &values) else { return operation }
        if registers[location] == value { return nil }
        if let k = values.constant(value), location >= Locations.indexOfA {
            return .loadConstant(location == Locations.indexOfA ? .a : .x, k)
        }
        guard let x = values.constant(registers.x) else { return operation }
        switch operation {
        case .loadPacketIndexed(let size, let k):
            return values.fixedOffset(x, k).map { .loadPacket(size, $0) } ?? operation
        case .arithmetic(.divide, .x) where x == 0, .arithmetic(.modulo, .x) where x == 0:
            return operation
        case .arithmetic(.shiftLeft, .x) where x > 31, .arithmetic(.shiftRight, .x) where x > 31:
            return operation
        case .arithmetic(let name, .x):
            return .arithmetic(name, .k(x))
        default:
            return operation
        }
    }

    /// Dead code elimination: removes operations whose results are never read, unless they may fail. Examples are
    /// scratch stores, and loads that an earlier load of the same bytes covers.
    mutating func removeDeadOperations() {
        var analysis = analysis()
        /// For each block, the positions of operations that may end the program.
        var mayFail = [Set<Int>](repeating: [], count: graph.blocks.count)
        analysis.walk(
            operation: { block, position, registers, facts, analysis in
                let operation = analysis.graph.blocks[block].body[position]
                if facts.mayFail(operation, registers, &analysis.values) { mayFail[block].insert(position) }
            },
            leaving: { _, _, _ in })
        var liveIn = [Locations](repeating: [], count: graph.blocks.count)
        for index in graph.blocks.indices.reversed() {
            let block = graph.blocks[index]
            var live = block.exit.reads
            for next in block.exit.successors { live.formUnion(liveIn[next]) }
            var kept: [Operation] = []
            for (position, operation) in block.body.enumerated().reversed() {
                if live.isDisjoint(with: operation.writes) && !mayFail[index].contains(position) { continue }
                live.subtract(operation.writes)
                live.formUnion(operation.reads)
                kept.append(operation)
            }
            graph.blocks[index].body = kept.reversed()
            liveIn[index] = live
        }
    }
}
