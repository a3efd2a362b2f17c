/// A program as the paper sees it: a directed graph of basic blocks without cycles. Each block executes its body from first
/// to last and then leaves by its exit.
///
/// Two rules make everything that is done with graphs one pass over an array. Block 0 is the entry; and every edge leads to
/// a block with a greater index, since the machine has no backward jumps: array order is topological order.
public struct FlowGraph: Equatable, Sendable {
    public struct Block: Equatable, Hashable, Sendable {
        /// Operations without jumps and returns.
        public var body: [Operation]
        public var exit: Exit
    }

    /// How a block is left. The numbers are blocks.
    public enum Exit: Equatable, Hashable, Sendable {
        /// Always the same way.
        case go(to: Int)
        /// By a comparison of A with the operand.
        case test(Comparison, Operand, then: Int, otherwise: Int)
        /// With a verdict: how many bytes to keep.
        case returnConstant(UInt32)
        /// With A as the verdict.
        case returnAccumulator
    }

    /// Whose machine it is for.
    public let dialect: Dialect
    /// In topological order, the entry first.
    public internal(set) var blocks: [Block]
    /// What `lookUp` names.
    let lists: [ListUse]

    init(dialect: Dialect, blocks: [Block], lists: [ListUse] = []) {
        (self.dialect, self.blocks, self.lists) = (dialect, blocks, lists)
    }

    /// The graph of a program, unreachable blocks included.
    public init(_ program: VerifiedProgram) {
        self.init(program.operations, dialect: program.dialect, lists: program.program.lists)
    }

    init(_ operations: [Operation], dialect: Dialect, lists: [ListUse] = []) {
        let leaders = FlowGraph.leaders(of: operations)
        /// The block that begins at an instruction.
        var number = [Int](repeating: 0, count: operations.count)
        for (block, start) in leaders.enumerated() { number[start] = block }

        blocks = leaders.indices.map { index in
            let end = index + 1 < leaders.count ? leaders[index + 1] : operations.count
            let last = end - 1
            var body = Array(operations[leaders[index]..<end])
            let exit: Exit
            switch operations[last] {
            case .jump(let k): exit = .go(to: number[end + Int(k)])
            case .branch(let comparison, let operand, let jt, let jf):
                exit = .test(comparison, operand, then: number[end + Int(jt)], otherwise: number[end + Int(jf)])
            case .returnConstant(let k): exit = .returnConstant(k)
            case .returnAccumulator: exit = .returnAccumulator
            default:
                return Block(body: body, exit: .go(to: index + 1))
            }
            body.removeLast()
            return Block(body: body, exit: exit)
        }
        (self.dialect, self.lists) = (dialect, lists)
    }

    /// The instructions that begin a block: the first one, the targets of jumps, and whatever follows a jump or a return.
    private static func leaders(of operations: [Operation]) -> [Int] {
        var leads = [Bool](repeating: false, count: operations.count + 1)
        leads[0] = true
        for (index, operation) in operations.enumerated() {
            let next = index + 1
            switch operation {
            case .jump(let k):
                leads[next + Int(k)] = true
                leads[next] = true
            case .branch(_, _, let jt, let jf):
                leads[next + Int(jt)] = true
                leads[next + Int(jf)] = true
                leads[next] = true
            case .returnConstant, .returnAccumulator:
                leads[next] = true
            default:
                break
            }
        }
        return operations.indices.filter { leads[$0] }
    }
}

extension FlowGraph.Exit {
    /// Where this exit may lead: two blocks, one, or none. A test whose branches meet names their block twice.
    public var successors: [Int] {
        switch self {
        case .go(let next): [next]
        case .test(_, _, let then, let otherwise): [then, otherwise]
        case .returnConstant, .returnAccumulator: []
        }
    }

    /// The same exit with other destinations.
    func redirected(_ destination: (Int) -> Int) -> FlowGraph.Exit {
        switch self {
        case .go(let next): .go(to: destination(next))
        case .test(let comparison, let operand, let then, let otherwise):
            .test(comparison, operand, then: destination(then), otherwise: destination(otherwise))
        case .returnConstant, .returnAccumulator: self
        }
    }
}

extension FlowGraph {
    /// For each block, the blocks that lead to it; one that leads there by both branches stands twice.
    public var predecessors: [[Int]] {
        var result = [[Int]](repeating: [], count: blocks.count)
        for (index, block) in blocks.enumerated() {
            for next in block.exit.successors { result[next].append(index) }
        }
        return result
    }

    /// For each block, whether a way leads there from the entry.
    public var reachable: [Bool] {
        var result = [Bool](repeating: false, count: blocks.count)
        result[0] = true
        for (index, block) in blocks.enumerated() where result[index] {
            for next in block.exit.successors { result[next] = true }
        }
        return result
    }

    /// Drops the blocks that no way leads to.
    public mutating func removeUnreachable() {
        let reachable = reachable
        guard reachable.contains(false) else { return }
        keep { reachable[$0] }
    }

    /// Gives the lists that `lookUp` names other numbers.
    mutating func renumberLists(_ number: (UInt16) -> UInt16) {
        for block in blocks.indices {
            for (place, operation) in blocks[block].body.enumerated() {
                guard case .lookUp(let family, let list, let k, let fromX) = operation else { continue }
                blocks[block].body[place] = .lookUp(family, list: number(list), at: k, fromX: fromX)
            }
        }
    }

    /// Drops the blocks that are not wanted, to which no wanted one leads, and numbers the others anew.
    mutating func keep(_ isWanted: (Int) -> Bool) {
        var number = [Int](repeating: -1, count: blocks.count)
        let wanted = blocks.indices.filter(isWanted)
        for (new, old) in wanted.enumerated() { number[old] = new }
        blocks = wanted.map { old in
            Block(body: blocks[old].body, exit: blocks[old].exit.redirected { number[$0] })
        }
    }
}
