/// Programs as decision graphs: tests on values that end in verdicts, without registers and loads.
///
/// A value is defined by its computation, not by the place or time of the computation. So tests of different programs
/// can be compared, and a common test is evaluated once for all. Of a load, only the test whether it would fail
/// remains.
struct Decisions {
    enum Node: Hashable {
        case test(Test, then: Int, otherwise: Int)
        case verdict(ValueID)
    }

    private(set) var nodes: [Node] = []
    private var numbers: [Node: Int] = [:]
    var values = Values(dialect: .linux)

    subscript(node: Int) -> Node { nodes[node] }

    /// All tests in the graph.
    var tests: Set<Test> {
        Set(nodes.compactMap { if case .test(let test, _, _) = $0 { test } else { nil } })
    }

    /// All verdicts in the graph.
    var verdicts: Set<ValueID> {
        Set(nodes.compactMap { if case .verdict(let value) = $0 { value } else { nil } })
    }

    mutating func number(_ node: Node) -> Int {
        if let known = numbers[node] { return known }
        if case .test(_, let then, let otherwise) = node, then == otherwise { return then }
        numbers[node] = nodes.count
        nodes.append(node)
        return nodes.count - 1
    }

    /// Adds a program and returns its root node.
    ///
    /// Returns nil for a program that cannot become a decision graph: one in the dialect of libpcap, one that reads
    /// random numbers or netlink attributes, and one that would become too large. A block becomes one node for each
    /// combination of register values that it is entered with.
    mutating func add(_ program: VerifiedProgram) -> Int? {
        guard program.dialect == .linux else { return nil }
        var graph = FlowGraph(program)
        graph.removeUnreachable()
        guard graph.blocks.count <= Tracer.maximumBlocks else { return nil }
        let lists = program.program.lists.map { values.number(of: $0) }
        guard lists.allSatisfy({ $0 <= UInt16.max }) else { return nil }
        if !lists.isEmpty { graph.renumberLists { UInt16(lists[Int($0)]) } }
        var tracer = Tracer(graph: graph, liveIn: graph.liveIn)
        return tracer.node(of: 0, RegisterValues(atStart: &values), &self)
    }
}

/// Follows all paths of a program with symbolic values in the registers.
private struct Tracer {
    /// Bounds the recursion, because the stack of a thread is limited.
    static let maximumBlocks = 400

    private struct Place: Hashable {
        let block: Int
        /// The values of the live locations.
        let values: [ValueID]
    }

    let graph: FlowGraph
    let liveIn: [Locations]
    private var known: [Place: Int] = [:]

    init(graph: FlowGraph, liveIn: [Locations]) {
        self.graph = graph
        self.liveIn = liveIn
    }

    /// The node that represents execution from the start of a block; nil if there would be too many nodes.
    mutating func node(of block: Int, _ atStart: RegisterValues, _ decisions: inout Decisions) -> Int? {
        let live = (0..<Locations.count).filter { liveIn[block].contains(index: $0) }
        let place = Place(block: block, values: live.map { atStart[$0] })
        if let node = known[place] { return node }
        guard known.count < 4 * Tracer.maximumBlocks else { return nil }

        var registers = atStart
        /// The conditions for the block to reach its end, each with the verdict if it does not hold.
        var conditions: [(test: Test, verdict: ValueID)] = []
        for operation in graph.blocks[block].body {
            guard let more = registers.conditions(of: operation, &decisions.values) else { return nil }
            let verdict = operation.endsWithA ? registers.a : decisions.values.constant(0)
            conditions += more.map { ($0, verdict) }
            registers.execute(operation, &decisions.values)
        }
        guard var node = exit(of: block, registers, &decisions) else { return nil }
        for (test, verdict) in conditions.reversed() {
            let end = decisions.number(.verdict(verdict))
            switch Facts().outcome(test, decisions.values) {
            case true?: break
            case false?: node = end
            case nil: node = decisions.number(.test(test, then: node, otherwise: end))
            }
        }
        known[place] = node
        return node
    }

    private mutating func exit(of block: Int, _ registers: RegisterValues, _ decisions: inout Decisions) -> Int? {
        switch graph.blocks[block].exit {
        case .go(let next):
            return node(of: next, registers, &decisions)
        case .returnConstant(let k):
            return decisions.number(.verdict(decisions.values.constant(k)))
        case .returnAccumulator:
            return decisions.number(.verdict(registers.a))
        case .test(let comparison, let operand, let then, let otherwise):
            let right = registers.value(of: operand, &decisions.values)
            let test = Test(left: registers.a, comparison: comparison, right: right)
            if let outcome = Facts().outcome(test, decisions.values) {
                return node(of: outcome ? then : otherwise, registers, &decisions)
            }
            guard let yes = node(of: then, registers, &decisions),
                var no = node(of: otherwise, registers, &decisions)
            else { return nil }
            if case .listed(_, .ipv6, _) = decisions.values[registers.a], comparison == .equal {
                // The lookup itself determines whether enough of the address has been captured.
                let answer = decisions.values.constant(AddressTable.Answer.cut)
                let end = decisions.number(.verdict(decisions.values.constant(0)))
                let isCut = Test(left: registers.a, comparison: .equal, right: answer)
                no = decisions.number(.test(isCut, then: end, otherwise: no))
            }
            return decisions.number(.test(test, then: yes, otherwise: no))
        }
    }
}

extension RegisterValues {
    /// The conditions under which an operation does not end the program; nil if a decision graph cannot express the
    /// operation.
    fileprivate func conditions(of operation: Operation, _ values: inout Values) -> [Test]? {
        func atLeast(_ value: ValueID, _ least: UInt32) -> [Test] {
            [Test(left: value, comparison: .greaterOrEqual, right: values.constant(least))]
        }
        func isPresent(_ size: Size, _ offset: ValueID) -> [Test] {
            let present = values.number(of: .present(size, at: offset))
            return [Test(left: present, comparison: .equal, right: values.constant(1))]
        }
        switch operation {
        case .loadPacket(let size, let k):
            return operation.end(at: k).map { atLeast(values.captured(), $0) } ?? isPresent(size, values.constant(k))
        case .loadHeaderLength(let k):
            return operation.end(at: k).map { atLeast(values.captured(), $0) } ?? isPresent(.byte, values.constant(k))
        case .loadPacketIndexed(let size, let k):
            let fixed = values.constant(x).flatMap { values.fixedOffset($0, k) }
            if let end = fixed.flatMap({ operation.end(at: $0) }) { return atLeast(values.captured(), end) }
            return isPresent(size, values.arithmetic(.add, x, values.constant(k)))
        case .lookUp(_, _, let k, let fromX):
            if !fromX { return atLeast(values.captured(), k + 4) }
            return isPresent(.word, values.arithmetic(.add, x, values.constant(k)))
        case .loadExtension(.ifidx, _), .loadExtension(.hatype, _):
            return atLeast(values.number(of: .extension(.ifidx)), 1)
        case .loadExtension(.random, _), .loadExtension(.nla, _), .loadExtension(.nlan, _):
            return nil
        case .arithmetic(.divide, .x), .arithmetic(.modulo, .x):
            return atLeast(x, 1)
        default:
            return []
        }
    }
}
