/// Puts a test before each operation that may end a program, which asks whether it will, and leads to the last block if so.
///
///     ld #len                     A is free: the load overwrites it
///     jge #14, L1, fail           is the half word at 12 there?
///     L1: ldh [12]
///
/// Most guards do not live long: along a path each says no more than a stronger one before it, and the optimizer drops it.
enum Guards {
    /// The graph with guards and one more block, `ret #0`, where failures lead; nil where one cannot be foreseen: loads
    /// relative to a header, loads from an X so great that X + k may wrap around, the interface's index and type, divisions
    /// by X.
    static func add(to graph: FlowGraph) -> FlowGraph? {
        var analysis = Analysis(graph, packetsAreWhole: true)
        /// The blocks, cut at the guards. Exits of old blocks still have the old numbers; nil leads on, or to the failure.
        var pieces: [(body: [Operation], guard: Guard?, exit: FlowGraph.Exit?)] = []
        var first: [Int] = []
        for (index, block) in graph.blocks.enumerated() {
            first.append(pieces.count)
            var registers = analysis.atStart[index]
            var body: [Operation] = []
            for operation in block.body {
                let greatestX = analysis.values.bounds(of: registers.x).upperBound
                guard let guards = guards(before: operation, greatestX: greatestX) else { return nil }
                for one in guards {
                    pieces.append((body + one.before, one, nil))
                    body = one.after
                }
                body.append(operation)
                registers.execute(operation, &analysis.values)
            }
            pieces.append((body, nil, block.exit))
        }
        var blocks = pieces.enumerated().map { index, piece -> FlowGraph.Block in
            if let exit = piece.exit { return .init(body: piece.body, exit: exit.redirected { first[$0] }) }
            let operand = piece.guard?.atLeast ?? .k(0)
            let exit = FlowGraph.Exit.test(.greaterOrEqual, operand, then: index + 1, otherwise: pieces.count)
            return .init(body: piece.body, exit: exit)
        }
        blocks.append(.init(body: [], exit: .returnConstant(0)))
        return FlowGraph(dialect: graph.dialect, blocks: blocks)
    }

    /// Operations, and what A must then reach; and operations for when it does.
    private struct Guard {
        var before: [Operation]
        var atLeast: Operand
        var after: [Operation] = []
    }

    /// The guards before an operation: none where it cannot fail, nil where that cannot be foreseen.
    private static func guards(before operation: Operation, greatestX: UInt32) -> [Guard]? {
        switch operation {
        case .loadPacket(_, let k):
            return operation.end(at: k).map { [Guard(before: [.loadLength(.a)], atLeast: .k($0))] }
        case .loadHeaderLength(let k):
            // X is free here, but A may not be: it waits in X.
            return operation.end(at: k).map { end in
                [Guard(before: [.transfer(to: .x), .loadLength(.a)], atLeast: .k(end), after: [.transfer(to: .a)])]
            }
        case .loadPacketIndexed(_, let k):
            guard let end = operation.end(at: k), end <= 0x8000_0000, greatestX < 0x8000_0000 - end else {
                return nil
            }
            // Whether X + end <= len, without computing X + end: first that len - end is no negative number.
            return [
                Guard(before: [.loadLength(.a)], atLeast: .k(end)),
                Guard(before: [.arithmetic(.subtract, .k(end))], atLeast: .x),
            ]
        case .loadExtension(.ifidx, _), .loadExtension(.hatype, _), .arithmetic(.divide, .x), .arithmetic(.modulo, .x),
            .lookUp:
            return nil
        default:
            return []
        }
    }
}
