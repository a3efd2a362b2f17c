/// The merged filter from a plan: a graph that tests whether any of the programs accepts a packet.
///
/// The plan is that of the classifier, up to the first verdict, converted back to operations. Every test recomputes
/// its operands from the packet; the optimizer then removes what the registers already hold. A table lookup becomes a
/// binary search, so a hundred ports take seven comparisons:
///
///     ldh [x + 14]
///     jge #7012, L1, L2           binary search
///     L1: jge #7022, L3, L4       ...
///     L3: jeq #7022, accept, L5   a few constants in sequence
///     L5: jeq #7025, accept, next
struct PlannedUnion {
    private let planner: Planner
    /// The verdict on a packet that one of the programs accepts.
    private let accepted: UInt32
    /// The lists, approximated as needed for a kernel program.
    private let lists: [KernelList]

    /// Plans a union. Returns nil if the programs cannot be planned together: they have no decision graph (see
    /// `Decisions`), their verdicts differ, or a verdict is not a constant.
    init?(_ programs: [VerifiedProgram]) {
        var decisions = Decisions()
        var roots: [Int] = []
        var known: Set<Int> = []
        for program in programs {
            guard let root = decisions.add(program) else { return nil }
            if known.insert(root).inserted { roots.append(root) }
        }
        let results = decisions.verdicts.map { decisions.values.constant($0) }
        let accepting = Set(results).subtracting([0])
        guard accepting.count == 1, let accepted = accepting.first.flatMap({ $0 }) else { return nil }
        self.accepted = accepted
        planner = Planner(roots, decisions, goal: .any)
        lists = planner.decisions.values.lists.map(KernelList.init)
    }

    /// The graph of the union; nil if it needs a value that cannot be computed.
    ///
    /// `limit` is the maximum number of ranges per list. If a list has more, the graph accepts more packets than the
    /// programs do, and never fewer.
    func graph(limit: Int = .max) -> FlowGraph? {
        var builder = GraphBuilder(
            planner.decisions.values, accepting: accepted, lists: lists.map { $0.segments(limit: limit) })
        return builder.graph(of: planner.plan)
    }

    /// The number of ranges of the longest list; 0 without lists.
    var rangeCount: Int { lists.map(\.rangeCount).max() ?? 0 }

    /// The lists with more ranges than `limit`.
    func tables(longerThan limit: Int) -> [AddressTable] { lists.filter { $0.rangeCount > limit }.map(\.table) }
}

/// Builds a graph from its end: a block is created after its successors and identified by its position from the end.
struct GraphBuilder {
    var values: Values
    /// The segments of each list, and the comparison trees built from them.
    let lists: [KernelList.Segments]
    var trees: [ListTree: Int] = [:]
    /// The blocks so far, last one first.
    private var reversed: [FlowGraph.Block] = []
    private var drop = 0
    private var accept = 0
    /// The entry blocks of units for a single program, by unit and by the block to continue at if the program rejects
    /// the packet.
    private var alone: [Alone: Int] = [:]

    private struct Alone: Hashable {
        let unit: Int
        let failure: Int
    }

    init(_ values: Values, accepting accepted: UInt32, lists: [KernelList.Segments]) {
        (self.values, self.lists) = (values, lists)
        drop = add([], .returnConstant(0))
        accept = add([], .returnConstant(accepted))
    }

    /// The graph of a plan; nil if it needs a value that cannot be computed.
    mutating func graph(of plan: Plan) -> FlowGraph? {
        var isShared = [Bool](repeating: false, count: plan.units.count)
        isShared[plan.entry] = true
        for (index, unit) in plan.units.enumerated().reversed() where isShared[index] {
            for next in unit.exit.successors { isShared[next] = true }
        }
        var places = [Int](repeating: drop, count: plan.units.count)
        for (index, unit) in plan.units.enumerated() where isShared[index] {
            guard var place = exit(unit.exit, places) else { return nil }
            // Called programs are tested one after the other before all others continue.
            for call in unit.calls.reversed() {
                guard let first = programAlone(call.unit, otherwise: place, plan) else { return nil }
                place = first
            }
            places[index] = place
        }
        let (entry, count) = (places[plan.entry], reversed.count)
        // The entry must be the first block.
        guard entry == count - 1 || add([], .go(to: entry)) == count else { return nil }
        let last = reversed.count - 1
        let blocks = reversed.reversed().map { block in
            FlowGraph.Block(body: block.body, exit: block.exit.redirected { last - $0 })
        }
        return FlowGraph(dialect: .linux, blocks: blocks)
    }

    mutating func add(_ body: [Operation], _ exit: FlowGraph.Exit) -> Int {
        reversed.append(.init(body: body, exit: exit))
        return reversed.count - 1
    }

    // MARK: Units

    private mutating func exit(_ exit: Plan.Exit, _ places: [Int]) -> Int? {
        switch exit {
        case .stop: drop
        case .go(let unit): places[unit]
        case .verdict(let value): values.constant(value) == 0 ? drop : accept
        case .test(let test, let then, let otherwise): add(test, then: places[then], otherwise: places[otherwise])
        case .dispatch(let value, let table, let otherwise) where values.isListed(value):
            search(
                value,
                ListLeads(
                    inside: places[table[AddressTable.Answer.inside] ?? otherwise], outside: places[otherwise],
                    uncertain: places[table[Plan.uncertain] ?? otherwise],
                    cut: places[table[AddressTable.Answer.cut] ?? otherwise]))
        case .dispatch(let value, let table, let otherwise):
            add(value, table.map { ($0, places[$1]) }.sorted { $0.0 < $1.0 }, otherwise: places[otherwise])
        }
    }

    private mutating func programAlone(_ unit: Int, otherwise failure: Int, _ plan: Plan) -> Int? {
        let key = Alone(unit: unit, failure: failure)
        if let known = alone[key] { return known }
        let place: Int?
        switch plan.units[unit].exit {
        case .verdict(let value):
            place = values.constant(value) == 0 ? failure : accept
        case .test(let test, let then, let otherwise) where values.isListed(test.left):
            place = searchAlone(test, then, otherwise, otherwise: failure, plan)
        case .test(let test, let then, let otherwise):
            guard let yes = programAlone(then, otherwise: failure, plan),
                let no = programAlone(otherwise, otherwise: failure, plan)
            else { return nil }
            place = add(test, then: yes, otherwise: no)
        case .stop, .go, .dispatch:
            place = nil
        }
        alone[key] = place
        return place
    }

    /// A list lookup for a single program. If the kernel cannot tell, the program continues as if the address were
    /// inside and, if that path rejects the packet, as if it were outside.
    private mutating func searchAlone(
        _ test: Test, _ then: Int, _ otherwise: Int, otherwise failure: Int, _ plan: Plan
    ) -> Int? {
        var (cut, outside): (Int?, Int) = (nil, otherwise)
        // The next test is whether the address was complete, if there is such a test.
        if case .test(let isCut, let end, let rest) = plan.units[otherwise].exit, isCut.left == test.left {
            (cut, outside) = (end, rest)
        }
        guard values.constant(test.right) == AddressTable.Answer.inside,
            let no = programAlone(outside, otherwise: failure, plan),
            let yes = programAlone(then, otherwise: failure, plan),
            let either = programAlone(then, otherwise: no, plan)
        else { return nil }
        guard let end = cut.map({ programAlone($0, otherwise: failure, plan) }) ?? no else { return nil }
        return search(test.left, ListLeads(inside: yes, outside: no, uncertain: either, cut: end))
    }

    // MARK: Tests

    private mutating func add(_ test: Test, then: Int, otherwise: Int) -> Int? {
        if let k = values.constant(test.right) {
            if test.comparison == .equal { return add(test.left, [(k, then)], otherwise: otherwise) }
            guard let body = load(test.left) else { return nil }
            return add(body, .test(test.comparison, .k(k), then: then, otherwise: otherwise))
        }
        guard let body = load(test.left, and: test.right) else { return nil }
        return add(body, .test(test.comparison, .x, then: then, otherwise: otherwise))
    }

    /// Tests whether a load from an offset known only at run time succeeds: X + k + size <= len, without a sum that
    /// may wrap around.
    mutating func add(_ size: Size, at offset: ValueID, then: Int, otherwise: Int) -> Int? {
        guard let (base, k) = split(offset), let index = loadIndex(base) else { return nil }
        let (end, wraps) = k.addingReportingOverflow(size.bytes)
        guard !wraps, end < 0x8000_0000, values.bounds(of: base).upperBound < 0x8000_0000 - end else { return nil }
        let remains = add(
            index + [.loadLength(.a), .arithmetic(.subtract, .k(end))],
            .test(.greaterOrEqual, .x, then: then, otherwise: otherwise))
        return add([.loadLength(.a)], .test(.greaterOrEqual, .k(end), then: remains, otherwise: otherwise))
    }

    /// Looks up a value among sorted constants: binary search down to four constants, then one after the other.
    private mutating func add(_ value: ValueID, _ table: [(UInt32, Int)], otherwise: Int) -> Int? {
        guard !table.isEmpty else { return otherwise }
        if case .present(let size, let offset) = values[value] {
            // Decision graphs only compare these with 1.
            guard table.count == 1, table[0].0 == 1 else { return nil }
            return add(size, at: offset, then: table[0].1, otherwise: otherwise)
        }
        guard let body = load(value) else { return nil }
        let root = tree(table[...], otherwise: otherwise)
        reversed[root].body = body
        return root
    }

    private mutating func tree(_ table: ArraySlice<(UInt32, Int)>, otherwise: Int) -> Int {
        if table.count > 4 {
            let middle = (table.startIndex + table.endIndex) / 2
            let upper = tree(table[middle...], otherwise: otherwise)
            let lower = tree(table[..<middle], otherwise: otherwise)
            return add([], .test(.greaterOrEqual, .k(table[middle].0), then: upper, otherwise: lower))
        }
        var next = otherwise
        for (constant, place) in table.reversed() {
            next = add([], .test(.equal, .k(constant), then: place, otherwise: next))
        }
        return next
    }

    // MARK: Values

    /// The operations that load a value into A; nil if it cannot be computed. The caller guarantees that its loads
    /// succeed.
    func load(_ value: ValueID, scratch: UInt32 = 0) -> [Operation]? {
        switch values[value] {
        case .constant(let k): return [.loadConstant(.a, k)]
        case .length, .captured: return [.loadLength(.a)]
        case .load(let size, let k): return [.loadPacket(size, k)]
        case .loadIndexed(let size, let offset):
            guard let (base, k) = split(offset), let index = loadIndex(base, scratch: scratch) else { return nil }
            return index + [.loadPacketIndexed(size, k)]
        case .headerLength(let k): return [.loadHeaderLength(k), .transfer(to: .a)]
        // Without an interface, these end the program.
        case .extension(.ifidx), .extension(.hatype): return nil
        case .extension(let name): return [.loadExtension(name, .word)]
        case .arithmetic(let name, let a, let b):
            if let k = values.constant(b) { return load(a, scratch: scratch).map { $0 + [.arithmetic(name, .k(k))] } }
            return load(a, and: b, scratch: scratch).map { $0 + [.arithmetic(name, .x)] }
        case .negate(let a): return load(a, scratch: scratch).map { $0 + [.negate] }
        case .present, .listed, .unique: return nil
        }
    }

    /// The maximum number of operations to compute a value. A value that is used twice is computed twice, so their
    /// number can double with each level.
    private static let longest = 64

    /// The operations that load one value into A and another into X, which is saved in scratch memory meanwhile; nil
    /// if there are too many.
    private func load(_ a: ValueID, and x: ValueID, scratch: UInt32 = 0) -> [Operation]? {
        guard scratch < 16, let second = load(x, scratch: scratch), let first = load(a, scratch: scratch + 1),
            first.count + second.count <= GraphBuilder.longest
        else { return nil }
        return second + [.store(.a, scratch)] + first + [.loadScratch(.x, scratch)]
    }

    /// The operations that load a value into X. Overwrites A.
    private func loadIndex(_ value: ValueID, scratch: UInt32 = 0) -> [Operation]? {
        if case .headerLength(let k) = values[value] { return [.loadHeaderLength(k)] }
        return load(value, scratch: scratch).map { $0 + [.transfer(to: .x)] }
    }

    /// An offset as the sum of a value and a constant.
    func split(_ offset: ValueID) -> (base: ValueID, k: UInt32)? {
        guard case .arithmetic(.add, let base, let right) = values[offset] else {
            return values.constant(offset) == nil ? (offset, 0) : nil
        }
        return values.constant(right).map { (base, $0) } ?? (offset, 0)
    }
}
