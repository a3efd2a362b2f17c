extension FlowGraph {
    /// Why a graph cannot become a program: it would be too long.
    public struct TooLong: Error, Equatable, CustomStringConvertible {
        /// How many instructions it would have.
        public let count: Int

        public var description: String {
            "the program needs \(count) instructions, but \(Program.maximumLength) is the most"
        }
    }

    /// The instructions of the graph, in the order of the blocks; unreachable ones are left out. Throws when they are too many.
    public func program() throws(TooLong) -> Program {
        var placement = Placement(self)
        let instructions = placement.run()
        guard instructions.count <= Program.maximumLength else { throw TooLong(count: instructions.count) }
        return Program(instructions, lists: lists)
    }
}

/// Lays blocks out as instructions, from the last to the first: as all jumps lead forward, the distance of each is known when
/// it is written.
///
/// A conditional jump reaches 255 instructions. To go further it jumps to a stepping stone just behind itself: a copy of the
/// return it wants, which costs no time, or else a `ja`, which costs one instruction. Stones are shared where they are near.
private struct Placement {
    private let graph: FlowGraph
    private let reachable: [Bool]
    /// The instructions so far, the last one first. Places are counted from the end of the program too.
    private var reversed: [Operation] = []
    /// The place of each block.
    private var places: [Int]
    /// The places of the nearest `ja` to a block, and of the nearest return of a kind.
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

    /// How far the two branches are from here, once there is a stone for each that is too far. The stone for one pushes the
    /// other away, so both are measured again.
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

    /// How far a block, something that does the same, or the way to it is from here; nil if it is too far.
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

    /// The exit of a block that does nothing but return.
    private func pureReturn(_ index: Int) -> FlowGraph.Exit? {
        let block = graph.blocks[index]
        guard block.body.isEmpty, block.exit.successors.isEmpty else { return nil }
        return block.exit
    }
}
