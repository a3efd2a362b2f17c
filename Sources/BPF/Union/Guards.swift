/// Inserts a test before each operation that may end a program: if the operation would fail, control goes to the last
/// block.
///
///     ld #len                     A is free: the load overwrites it
///     jge #14, L1, fail           is the half word at 12 present?
///     L1: ldh [12]
///
/// Most guards are temporary: on each path, the optimizer removes a guard that an earlier, stronger one implies.
enum Guards {
    /// Adds the guards and, as the last block, `ret #0` for failures.
    ///
    /// Returns nil if a failure cannot be predicted: loads relative to a header, loads from an X so large that X + k
    /// may wrap around, the interface's index and type, divisions by X.
    static func add(to graph: FlowGraph) -> FlowGraph? {
        var analysis = Analysis(graph, packetsAreWhole: true)
        /// The blocks, split at the guards. Exits still use the old block numbers; nil means to the next piece or to
        /// the failure block.
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

    /// Operations, the minimum that A must then reach, and operations to execute if it does.
    private struct Guard {
        var before: [Operation]
        var atLeast: Operand
        var after: [Operation] = []
    }

    /// The guards before an operation: empty if it cannot fail, nil if a failure cannot be predicted.
    private static func guards(before operation: Operation, greatestX: UInt32) -> [Guard]? {
        switch operation {
        case .loadPacket(_, let k):
            return operation.end(at: k).map { [Guard(before: [.loadLength(.a)], atLeast: .k($0))] }
        case .loadHeaderLength(let k):
            // X is free here, but A may be live, so X saves it.
            return operation.end(at: k).map { end in
                [Guard(before: [.transfer(to: .x), .loadLength(.a)], atLeast: .k(end), after: [.transfer(to: .a)])]
            }
        case .loadPacketIndexed(_, let k):
            guard let end = operation.end(at: k), end <= 0x8000_0000, greatestX < 0x8000_0000 - end else {
                return nil
            }
            // Tests X + end <= len without computing X + end. The first test ensures that len - end is not negative.
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
