extension FlowGraph {
    /// A graph needs more instructions than a program can have.
    public struct TooLong: Error, Equatable, CustomStringConvertible {
        /// The number of instructions that the graph needs.
        public let count: Int

        public var description: String {
            "the program needs \(count) instructions, more than the limit of \(Program.maximumLength)"
        }
    }

    /// The instructions of the graph, in block order and without unreachable blocks.
    ///
    /// Throws `TooLong` if there are more than ``Program/maximumLength`` instructions.
    public func program() throws(TooLong) -> Program {
        var placement = Placement(self)
        let instructions = placement.run()
        guard instructions.count <= Program.maximumLength else { throw TooLong(count: instructions.count) }
        return Program(instructions, lists: lists)
    }
}

/// Lays out blocks as instructions, from the last to the first. All jumps lead forward, so each distance is known
/// when the jump is written.
///
/// A conditional jump reaches 255 instructions. To reach further, it jumps to a stepping stone right behind it: a
/// copy of the return it leads to, which costs no time, or a `ja`, which costs one instruction. Jumps share stones
/// within reach.
private struct Placement {
    private let graph: FlowGraph
    private let reachable: [Bool]
    /// The instructions so far, last one first. Positions also count from the end of the program.
    private var reversed: [Operation] = []
    /// The position of each block.
    private var places: [Int]
    /// The position of the nearest `ja` to each block, and of the nearest return of each kind.
    private var stones: [Int: Int] = [:]
    private var returns: [FlowGraph.Exit: Int] = [:]

    init(_ graph: FlowGraph) {
        self.graph = graph
        reachable = graph.reachable
        places = [Int](repeating: 0, count: graph.blocks.count)
    }

    mutating func run() -> [Instruction] {
        for index in graph.blocks.indices.reversed() where reachable[index] { place(index) }
        return reversed.reversed().map(\.instruction)
    }

    private mutating func place(_ index: Int) {
        let block = graph.blocks[index]
        switch block.exit {
        case .returnConstant, .returnAccumulator:
            placeReturn(block.exit)
        case .go(let next):
            if places[next] != reversed.count { placeJump(to: next) }
        case .test(let comparison, let operand, let then, let otherwise):
            let (jt, jf) = distances(then, otherwise)
            reversed.append(.branch(comparison, operand, jt: jt, jf: jf))
        }
        reversed.append(contentsOf: block.body.reversed())
        places[index] = reversed.count
    }

    /// The distances to both branches, with stepping stones inserted where a branch is out of reach. A stone for one
    /// branch moves the other one further away, so both are measured again.
    private mutating func distances(_ then: Int, _ otherwise: Int) -> (UInt8, UInt8) {
        while true {
            guard let jt = distance(to: then) else {
                placeJump(to: then)
                continue
            }
            guard let jf = distance(to: otherwise) else {
                placeJump(to: otherwise)
                continue
            }
            return (jt, jf)
        }
    }

    /// The distance to a block, an equal return, or a stepping stone that leads there; nil if all are out of reach.
    private func distance(to block: Int) -> UInt8? {
        let same = pureReturn(block).flatMap { returns[$0] } ?? places[block]
        return UInt8(exactly: reversed.count - same)
            ?? stones[block].flatMap { UInt8(exactly: reversed.count - $0) }
    }

    private mutating func placeJump(to block: Int) {
        if let exit = pureReturn(block) {
            placeReturn(exit)
        } else {
            reversed.append(.jump(UInt32(reversed.count - places[block])))
            stones[block] = reversed.count
        }
    }

    private mutating func placeReturn(_ exit: FlowGraph.Exit) {
        if case .returnConstant(let k) = exit {
            reversed.append(.returnConstant(k))
        } else {
            reversed.append(.returnAccumulator)
        }
        returns[exit] = reversed.count
    }

    /// The exit of a block that only returns; nil for any other block.
    private func pureReturn(_ index: Int) -> FlowGraph.Exit? {
        let block = graph.blocks[index]
        guard block.body.isEmpty, block.exit.successors.isEmpty else { return nil }
        return block.exit
    }
}
