// The machine of the paper, run on a set of packets at once.
//
// Registers and scratch memory hold sets of numbers (`PartialNumber`), and so does a load. A branch that some packets
// of the set take and others do not is followed both ways; where paths meet, the sets of both are joined. The flow
// graph is in topological order, so one pass over its blocks is enough, and a block is executed once, whatever the
// number of paths to it. If no return that accepts is reached, no packet of the set is accepted. The answer is sound,
// not exact: a join forgets which values belong together, so a set may be kept in vain, but no packet is ever missed.
//
// The kernel's verifier does the same to prove that a program is safe (kernel/bpf/verifier.c). Here it proves that a
// program rejects.

/// What a program does with the packets of a set.
public enum SetVerdict: Equatable, Hashable, Sendable {
    /// It rejects every packet.
    case rejectsAll
    /// It may accept some packets and reject others.
    case undecided
    /// It accepts every packet.
    case acceptsAll
}

extension FlowGraph {
    /// What the program does with the packets of a set. Costs one pass over the graph.
    public func verdict(on packets: PacketSet) -> SetVerdict {
        var machine = SetMachine(graph: self, packets: packets)
        return machine.run()
    }
}

extension VerifiedProgram {
    /// What the program does with the packets of a set. To ask about many sets, make a ``FlowGraph`` once and ask that.
    public func verdict(on packets: PacketSet) -> SetVerdict { FlowGraph(self).verdict(on: packets) }
}

/// One run of a program on a set of packets.
private struct SetMachine {
    let graph: FlowGraph
    let packets: PacketSet
    /// What is known at the start of each block; nil while no packet is known to come there.
    private var states: [State?]
    private var (accepts, rejects) = (false, false)

    private struct State {
        var (a, x) = (PartialNumber(0), PartialNumber(0))
        var scratch = [PartialNumber](repeating: PartialNumber(0), count: 16)

        mutating func join(_ other: State) {
            (a, x) = (a.union(other.a), x.union(other.x))
            for index in scratch.indices { scratch[index] = scratch[index].union(other.scratch[index]) }
        }
    }

    init(graph: FlowGraph, packets: PacketSet) {
        (self.graph, self.packets) = (graph, packets)
        states = Array(repeating: nil, count: graph.blocks.count)
        states[0] = State()
    }

    mutating func run() -> SetVerdict {
        for (index, block) in graph.blocks.enumerated() {
            guard var state = states[index].take() else { continue }
            guard execute(block.body, &state) else { continue }
            leave(block.exit, state)
        }
        return !accepts ? .rejectsAll : rejects ? .undecided : .acceptsAll
    }

    private mutating func leave(_ exit: FlowGraph.Exit, _ state: State) {
        switch exit {
        case .go(let next): go(to: next, state)
        case .test(let comparison, let operand, let then, let otherwise):
            let (holds, fails) = state.a.split(comparison, value(of: operand, state))
            if let holds {
                var state = state
                state.a = holds
                go(to: then, state)
            }
            if let fails {
                var state = state
                state.a = fails
                go(to: otherwise, state)
            }
        case .returnConstant(let length): finish(PartialNumber(length))
        case .returnAccumulator: finish(state.a)
        }
    }

    private mutating func go(to block: Int, _ state: State) {
        if states[block] == nil { states[block] = state } else { states[block]?.join(state) }
    }

    /// Notes a return with this verdict.
    private mutating func finish(_ length: PartialNumber) {
        if length.greatest != 0 { accepts = true }
        if length.least == 0 { rejects = true }
    }

    /// Executes the operations of a block; false if no packet comes to its end.
    private mutating func execute(_ body: [Operation], _ state: inout State) -> Bool {
        for operation in body {
            switch operation {
            case .loadConstant(let register, let k): set(register, PartialNumber(k), &state)
            case .loadLength(let register): set(register, packets.wireLength, &state)
            case .loadScratch(let register, let k): set(register, state.scratch[Int(k)], &state)
            case .loadPacket(let size, let k):
                guard let loaded = load(size, at: k) else { return false }
                state.a = loaded
            case .loadPacketIndexed(let size, let k):
                guard let loaded = load(size, indexedBy: state.x, k) else { return false }
                state.a = loaded
            case .loadHeaderLength(let k):
                guard let byte = load(.byte, at: k) else { return false }
                state.x = PartialNumber(byte.value & 0xf, unknown: byte.unknown & 0xf).timesFour
            case .loadExtension(let name, _): guard load(name, &state) else { return false }
            case .lookUp(let family, let list, let k, let fromX):
                guard let answer = lookUp(family, list, fromX ? state.x : PartialNumber(0), k) else { return false }
                state.a = answer
            case .store(let register, let k): state.scratch[Int(k)] = register == .a ? state.a : state.x
            case .arithmetic(let name, let operand):
                let other = value(of: operand, state)
                if name == .divide || name == .modulo, other.contains(0) { rejects = true }
                guard let result = state.a.apply(name, other, in: graph.dialect) else { return false }
                state.a = result
            case .negate:
                guard let result = PartialNumber(0).apply(.subtract, state.a, in: graph.dialect) else { return false }
                state.a = result
            case .transfer(to: .x): state.x = state.a
            case .transfer(to: .a): state.a = state.x
            case .jump, .branch, .returnConstant, .returnAccumulator, .unknown:
                // Not in the body of a block of a verified program.
                rejects = true
                return false
            }
        }
        return true
    }

    private func set(_ register: Register, _ value: PartialNumber, _ state: inout State) {
        if register == .a { state.a = value } else { state.x = value }
    }

    private func value(of operand: Operand, _ state: State) -> PartialNumber {
        switch operand {
        case .k(let k): PartialNumber(k)
        case .x: state.x
        }
    }

    // Loads

    /// A load from a place that is the same in all packets; nil if it drops them all.
    private mutating func load(_ size: Size, at k: UInt32) -> PartialNumber? {
        guard let offset = offset(k) else {
            rejects = true
            // Where the network header is not known, it may be anywhere.
            return isRelative(k) ? PartialNumber(0, unknown: size.mask) : nil
        }
        return load(size, atOffset: offset)
    }

    private mutating func load(_ size: Size, atOffset offset: UInt64) -> PartialNumber? {
        if offset + UInt64(size.bytes) > UInt64(packets.captured.lowerBound) { rejects = true }
        return packets.number(size, at: offset)
    }

    /// The offset in the packet that a load names; nil if no packet has it, or if it is not known where it is.
    private func offset(_ k: UInt32) -> UInt64? {
        guard graph.dialect == .linux, k >= 0x8000_0000 else { return UInt64(k) }
        if k >= HeaderOffset.network {
            return packets.networkOffset.map { UInt64($0) + UInt64(k - HeaderOffset.network) }
        }
        if k >= HeaderOffset.link { return UInt64(k - HeaderOffset.link) }
        return nil
    }

    /// Whether an offset counts from the network header.
    private func isRelative(_ k: UInt32) -> Bool { graph.dialect == .linux && k >= HeaderOffset.network }

    /// A load from X + k. With few values of X each is tried, as for the length of an IPv4 header.
    private mutating func load(_ size: Size, indexedBy x: PartialNumber, _ k: UInt32) -> PartialNumber? {
        guard let places = x.members(atMost: 16) else {
            rejects = true
            let least = UInt64(x.least) + UInt64(k)
            // In the kernel X + k wraps around, so a large sum may be any offset.
            let mayWrap = graph.dialect == .linux && UInt64(x.greatest) + UInt64(k) >= 0x8000_0000
            guard mayWrap || least + UInt64(size.bytes) <= UInt64(packets.captured.upperBound) else { return nil }
            return PartialNumber(0, unknown: size.mask)
        }
        var found: PartialNumber?
        for x in places {
            let loaded =
                graph.dialect == .linux ? load(size, at: x &+ k) : load(size, atOffset: UInt64(x) + UInt64(k))
            guard let loaded else {
                rejects = true
                continue
            }
            found = found?.union(loaded) ?? loaded
        }
        return found
    }

    private mutating func load(_ name: Extension, _ state: inout State) -> Bool {
        guard graph.dialect == .linux else {
            rejects = true
            return false
        }
        if name == .xorX {
            state.a = PartialNumber(state.a.value ^ state.x.value, unknown: state.a.unknown | state.x.unknown)
            return true
        }
        // Without an interface the program ends with A as its verdict.
        if name == .ifidx || name == .hatype, packets.mayLackInterface {
            finish(state.a)
            if packets.metadata[.ifidx] == PartialNumber(0) { return false }
        }
        state.a = name.isComputed ? .any : packets.metadata[name] ?? name.range
        return true
    }

    private mutating func lookUp(
        _ family: AddressFamily, _ list: UInt16, _ x: PartialNumber, _ k: UInt32
    ) -> PartialNumber? {
        let place = x.exact.map { UInt64($0) + UInt64(k) }
        let count = Int(family.bytes)
        if let place, place + UInt64(count) > UInt64(packets.captured.upperBound) {
            // A lookup may be decided before the packet ends.
            rejects = true
            return PartialNumber(0, unknown: 3)
        }
        guard let place, let bytes = packets.exactBytes(count, at: place) else {
            rejects = true
            return PartialNumber(0, unknown: 3)
        }
        guard let answer = unsafe graph.lists[Int(list)].table.look(bytes.span.bytes, at: 0) else {
            rejects = true
            return nil
        }
        return PartialNumber(answer)
    }
}

extension Size {
    /// The bits that a load of this size can set.
    fileprivate var mask: UInt32 {
        switch self {
        case .word: .max
        case .half: 0xffff
        case .byte: 0xff
        }
    }
}

extension PartialNumber {
    fileprivate var timesFour: PartialNumber { PartialNumber(value << 2, unknown: unknown << 2) }
}
