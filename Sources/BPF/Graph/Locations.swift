/// A set of the machine's storage locations: the sixteen scratch words and the two registers.
struct Locations: OptionSet, Hashable, Sendable {
    var rawValue: UInt32

    static let a = Locations(rawValue: 1 << 16)
    static let x = Locations(rawValue: 1 << 17)
    static let count = 18

    static func scratch(_ k: UInt32) -> Locations { Locations(rawValue: 1 << k) }

    /// Locations as indices: 0 to 15 for scratch memory, 16 for A, 17 for X.
    static let indexOfA = 16
    static let indexOfX = 17

    func contains(index: Int) -> Bool { rawValue & 1 << UInt32(index) != 0 }
}

extension Register {
    var location: Locations { self == .a ? .a : .x }
    var index: Int { self == .a ? Locations.indexOfA : Locations.indexOfX }
}

extension Operation {
    /// The locations that the operation reads.
    var reads: Locations {
        switch self {
        case .loadConstant, .loadLength, .loadPacket, .loadHeaderLength, .returnConstant, .jump, .unknown: []
        case .loadScratch(_, let k): .scratch(k)
        case .loadPacketIndexed, .lookUp(_, _, _, fromX: true): .x
        case .lookUp: []
        case .loadExtension(.nla, _), .loadExtension(.nlan, _), .loadExtension(.xorX, _): [.a, .x]
        // Without an interface the program ends with A as its verdict.
        case .loadExtension(.ifidx, _), .loadExtension(.hatype, _): .a
        case .loadExtension: []
        case .store(let register, _): register.location
        case .arithmetic(_, let operand), .branch(_, let operand, _, _): operand.reads.union(.a)
        case .negate, .returnAccumulator: .a
        case .transfer(let register): register == .a ? .x : .a
        }
    }

    /// The locations that the operation writes.
    var writes: Locations {
        switch self {
        case .loadConstant(let register, _), .loadLength(let register), .loadScratch(let register, _): register.location
        case .loadPacket, .loadPacketIndexed, .loadExtension, .lookUp, .arithmetic, .negate: .a
        case .loadHeaderLength: .x
        case .store(_, let k): .scratch(k)
        case .transfer(let register): register.location
        case .jump, .branch, .returnConstant, .returnAccumulator, .unknown: []
        }
    }
}

extension Operand {
    var reads: Locations { self == .x ? .x : [] }
}

extension FlowGraph.Exit {
    var reads: Locations {
        switch self {
        case .test(_, let operand, _, _): operand.reads.union(.a)
        case .returnAccumulator: .a
        case .go, .returnConstant: []
        }
    }
}

extension FlowGraph {
    /// The live locations at the start of each block: those that some path reads before it writes them.
    var liveIn: [Locations] {
        var result = [Locations](repeating: [], count: blocks.count)
        for index in blocks.indices.reversed() { result[index] = liveIn(of: index, result) }
        return result
    }

    /// The live locations at the start of a block, given those of its successors.
    func liveIn(of block: Int, _ liveIn: [Locations]) -> Locations {
        let exit = blocks[block].exit
        var live = exit.successors.reduce(exit.reads) { $0.union(liveIn[$1]) }
        for operation in blocks[block].body.reversed() {
            live.subtract(operation.writes)
            live.formUnion(operation.reads)
        }
        return live
    }
}
