/// Stand-in addresses for host lists while libpcap compiles an expression.
struct StandIns {
    /// The lists with the words of their stand-in addresses.
    private let standIns: [StandIn]
    /// The expression with the stand-in addresses.
    let text: String

    private struct StandIn {
        let name: String
        let hosts: HostList
        /// From the reserved block 240.0.0.0/4.
        let ipv4: UInt32
        let ipv6: [UInt32]

        var text: String {
            var nets: [String] = []
            if hosts.ipv4 != nil {
                let bytes = stride(from: 24, through: 0, by: -8).map { "\(ipv4 >> $0 & 0xff)" }
                nets.append("net " + bytes.joined(separator: "."))
            }
            if hosts.ipv6 != nil {
                nets.append("net " + ipv6.map { "\(hex($0 >> 16)):\(hex($0 & 0xffff))" }.joined(separator: ":"))
            }
            return "(\(nets.joined(separator: " or ")))"
        }
    }

    init(_ expression: ListedExpression) {
        // Derived from the expression, so that the addresses do not occur in it and are the same in every process.
        var numbers = Numbers(seed: expression.text)
        var standIns: [StandIn] = []
        for case .hosts(let name, let hosts) in expression.pieces
        where !standIns.contains(where: { $0.hosts == hosts }) {
            standIns.append(
                StandIn(
                    name: name, hosts: hosts, ipv4: 0xf000_0000 | numbers.next() >> 4,
                    ipv6: (0..<4).map { _ in numbers.next() | 0x1000_1000 }))
        }
        text = expression.pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .hosts(_, let hosts): standIns.first { $0.hosts == hosts }?.text ?? ""
            }
        }.joined()
        self.standIns = standIns
    }

    /// A message of libpcap about `text`, reworded in terms of the original expression.
    func namingLists(in message: String) -> String {
        standIns.reduce(message) { message, standIn in
            var parts = message.split(separator: standIn.text, omittingEmptySubsequences: false)[...]
            let first = parts.popFirst() ?? ""
            return parts.reduce(String(first)) { $0 + "@" + standIn.name + $1 }
        }
    }

    // MARK: Replacement

    /// The graph with list lookups in place of the comparisons with stand-in addresses.
    ///
    /// Throws if a stand-in is compared other than as a whole address.
    func replace(in graph: FlowGraph) throws(FilterError) -> FlowGraph {
        var graph = graph
        graph.removeUnreachable()
        var polarity = Polarity(graph)
        var lists: [ListUse] = []
        func number(of table: AddressTable, at block: Int) -> UInt16 {
            let use = ListUse(table, isNegated: polarity.isNegated(block))
            if let known = lists.firstIndex(of: use) { return UInt16(known) }
            lists.append(use)
            return UInt16(lists.count - 1)
        }
        let liveIn = graph.liveIn
        var blocks = graph.blocks
        for (index, block) in graph.blocks.enumerated() {
            guard case .test(.equal, .k(let word), var then, let otherwise) = block.exit,
                let (table, rest) = standIn(for: word)
            else { continue }
            // The other words of an IPv6 address are compared one after the other, and all failures lead to the same
            // block.
            for word in rest {
                guard case .test(.equal, .k(word), let next, otherwise) = graph.blocks[then].exit else {
                    throw misplaced
                }
                then = next
            }
            guard !liveIn[then].contains(.a), !liveIn[otherwise].contains(.a), let load = block.body.last else {
                throw misplaced
            }
            let list = number(of: table, at: index)
            switch load {
            case .loadPacket(.word, let k):
                blocks[index].body[block.body.count - 1] = .lookUp(table.family, list: list, at: k, fromX: false)
            case .loadPacketIndexed(.word, let k):
                blocks[index].body[block.body.count - 1] = .lookUp(table.family, list: list, at: k, fromX: true)
            default: throw misplaced
            }
            blocks[index].exit = .test(.equal, .k(AddressTable.Answer.inside), then: then, otherwise: otherwise)
        }
        var replaced = FlowGraph(dialect: graph.dialect, blocks: blocks, lists: lists)
        replaced.removeUnreachable()
        return replaced
    }

    private var misplaced: FilterError {
        FilterError("a list of hosts cannot be used here, because libpcap does not compare whole addresses")
    }

    /// The table that a comparison with a word stands for, and the words that must follow.
    private func standIn(for word: UInt32) -> (AddressTable, rest: ArraySlice<UInt32>)? {
        for standIn in standIns {
            if word == standIn.ipv4, let table = standIn.hosts.ipv4 { return (table, []) }
            if word == standIn.ipv6[0], let table = standIn.hosts.ipv6 { return (table, standIn.ipv6.dropFirst()) }
        }
        return nil
    }
}

/// Whether a graph wants a test to hold or to fail.
///
/// A test is wanted if the branch where it holds accepts everything that the other branch accepts. It is negated in
/// the opposite case.
private struct Polarity {
    private let graph: FlowGraph
    private var steps = 0

    private static let maximumSteps = 20_000

    init(_ graph: FlowGraph) { self.graph = graph }

    mutating func isNegated(_ block: Int) -> Bool {
        guard case .test(_, _, let then, let otherwise) = graph.blocks[block].exit else { return false }
        var known: [[Int]: Bool] = [:]
        steps = 0
        if implies(otherwise, then, &known) { return false }
        steps = 0
        known = [:]
        return implies(then, otherwise, &known)
    }

    /// Whether `other` accepts everything that `one` accepts, whatever the outcomes of the tests. False if the answer
    /// takes too many steps.
    private mutating func implies(_ one: Int, _ other: Int, _ known: inout [[Int]: Bool]) -> Bool {
        let (from, to) = (graph.blocks[one].exit, graph.blocks[other].exit)
        if one == other || from == .returnConstant(0) { return true }
        if case .returnConstant(let k) = to, k > 0 { return true }
        if let answer = known[[one, other]] { return answer }
        steps += 1
        guard steps < Polarity.maximumSteps else { return false }
        let (first, second) = (from.successors, to.successors)
        let answer: Bool
        if !first.isEmpty, one < other || second.isEmpty {
            answer = first.allSatisfy { implies($0, other, &known) }
        } else {
            answer = !second.isEmpty && second.allSatisfy { implies(one, $0, &known) }
        }
        known[[one, other]] = answer
        return answer
    }
}

/// Pseudo-random numbers that depend only on the seed: FNV-1a, then SplitMix64 (Steele, Lea and Flood, 2014).
private struct Numbers {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    init(seed: String) {
        for byte in seed.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func next() -> UInt32 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return UInt32(truncatingIfNeeded: (mixed ^ mixed >> 31) >> 32)
    }
}
