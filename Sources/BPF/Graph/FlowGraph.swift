/// A program as an acyclic graph of basic blocks, as in section 3.1 of the paper. Each block executes its body in
/// order and then leaves through its exit.
///
/// Block 0 is the entry. Every edge leads to a block with a greater index, because the machine has no backward jumps.
/// Array order is therefore a topological order, and every analysis is a single pass over the array.
public struct FlowGraph: Equatable, Sendable {
    /// A basic block: operations without jumps, and an exit.
    public struct Block: Equatable, Hashable, Sendable {
        /// The operations of the block, without jumps and returns.
        public var body: [Operation]
        /// How control leaves the block.
        public var exit: Exit
    }

    /// How control leaves a block. Integers are block indices.
    public enum Exit: Equatable, Hashable, Sendable {
        /// Unconditionally, to one block.
        case go(to: Int)
        /// By a comparison of A with the operand.
        case test(Comparison, Operand, then: Int, otherwise: Int)
        /// With a constant verdict: the number of bytes to keep.
        case returnConstant(UInt32)
        /// With A as the verdict.
        case returnAccumulator
    }

    /// The semantics that the program is to be executed with.
    public let dialect: Dialect
    /// The blocks in topological order, the entry first.
    public internal(set) var blocks: [Block]
    /// The lists that `lookUp` operations refer to.
    let lists: [ListUse]

    init(dialect: Dialect, blocks: [Block], lists: [ListUse] = []) {
        (self.dialect, self.blocks, self.lists) = (dialect, blocks, lists)
    }

    /// Creates the graph of a program, including unreachable blocks.
    public init(_ program: VerifiedProgram) {
        self.init(program.operations, dialect: program.dialect, lists: program.program.lists)
    }

    init(_ operations: [Operation], dialect: Dialect, lists: [ListUse] = []) {
        let leaders = FlowGraph.leaders(of: operations)
        /// The index of the block that begins at an instruction.
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

    /// The instructions that begin a basic block: the first one, jump targets, and instructions after a jump or a
    /// return.
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
    /// The blocks that this exit can lead to: two, one or none. A test whose branches lead to the same block lists it
    /// twice.
    public var successors: [Int] {
        switch self {
        case .go(let next): [next]
        case .test(_, _, let then, let otherwise): [then, otherwise]
        case .returnConstant, .returnAccumulator: []
        }
    }

    /// The same exit with its destinations mapped.
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
    /// The predecessors of each block. A block that leads to another by both branches is listed twice.
    public var predecessors: [[Int]] {
        var result = [[Int]](repeating: [], count: blocks.count)
        for (index, block) in blocks.enumerated() {
            for next in block.exit.successors { result[next].append(index) }
        }
        return result
    }

    /// Whether each block can be reached from the entry.
    public var reachable: [Bool] {
        var result = [Bool](repeating: false, count: blocks.count)
        result[0] = true
        for (index, block) in blocks.enumerated() where result[index] {
            for next in block.exit.successors { result[next] = true }
        }
        return result
    }

    /// Removes unreachable blocks.
    public mutating func removeUnreachable() {
        let reachable = reachable
        guard reachable.contains(false) else { return }
        keep { reachable[$0] }
    }

    /// Renumbers the lists that `lookUp` operations refer to.
    mutating func renumberLists(_ number: (UInt16) -> UInt16) {
        for block in blocks.indices {
            for (place, operation) in blocks[block].body.enumerated() {
                guard case .lookUp(let family, let list, let k, let fromX) = operation else { continue }
                blocks[block].body[place] = .lookUp(family, list: number(list), at: k, fromX: fromX)
            }
        }
    }

    /// Keeps the wanted blocks and renumbers them. No wanted block may lead to an unwanted one.
    mutating func keep(_ isWanted: (Int) -> Bool) {
        var number = [Int](repeating: -1, count: blocks.count)
        let wanted = blocks.indices.filter(isWanted)
        for (new, old) in wanted.enumerated() { number[old] = new }
        blocks = wanted.map { old in
            Block(body: blocks[old].body, exit: blocks[old].exit.redirected { number[$0] })
        }
    }
}
