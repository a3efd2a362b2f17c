/// The union of programs by a plan: the graph that asks whether any of them accepts a packet.
///
/// The plan is the classifier's, without what comes after a first verdict. Here it becomes operations again. Every test computes
/// what it compares anew, from the packet; the optimizer then drops what the registers hold already. A look-up in a table
/// becomes a tree of comparisons, so that a hundred ports are seven of them:
///
///     ldh [x + 14]
///     jge #7012, L1, L2           two halves
///     L1: jge #7022, L3, L4       ...
///     L3: jeq #7022, accept, L5   a few constants one after the other
///     L5: jeq #7025, accept, next
struct PlannedUnion {
    private let planner: Planner
    /// What the program returns for a packet that one of the programs accepts.
    private let accepted: UInt32
    /// The lists of the look-ups, as a kernel's program may have them.
    private let lists: [KernelList]

    /// nil for programs that have no plan: those that are no decisions (see `Decisions`), whose results differ, or that depend on
    /// what the kernel may not know of a packet.
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

    /// The graph; nil where it needs what cannot be computed. `limit` is how many ranges a list may have: where it has more,
    /// the graph accepts more packets than the programs do, and never fewer.
    func graph(limit: Int = .max) -> FlowGraph? {
        var builder = GraphBuilder(
            planner.decisions.values, accepting: accepted, lists: lists.map { $0.segments(limit: limit) })
        return builder.graph(of: planner.plan)
    }

    /// How many ranges the longest list has; 0 where there is none.
    var rangeCount: Int { lists.map(\.rangeCount).max() ?? 0 }

    /// The lists that have more ranges than that.
    func tables(longerThan limit: Int) -> [AddressTable] { lists.filter { $0.rangeCount > limit }.map(\.table) }
}

/// Builds the graph from its end: a block is made when those it leads to are there, and known by its place from the end.
struct GraphBuilder {
    var values: Values
    /// The segments of each list, and the trees made of them.
    let lists: [KernelList.Segments]
    var trees: [ListTree: Int] = [:]
    /// The blocks so far, the last one first.
    private var reversed: [FlowGraph.Block] = []
    private var drop = 0
    private var accept = 0
    /// The blocks where a program that goes on alone comes to a unit, if it is to go on to another block when it fails.
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

    /// The graph of a plan; nil where it needs what this cannot compute.
    mutating func graph(of plan: Plan) -> FlowGraph? {
        var isShared = [Bool](repeating: false, count: plan.units.count)
        isShared[plan.entry] = true
        for (index, unit) in plan.units.enumerated().reversed() where isShared[index] {
            for next in unit.exit.successors { isShared[next] = true }
        }
        var places = [Int](repeating: drop, count: plan.units.count)
        for (index, unit) in plan.units.enumerated() where isShared[index] {
            guard var place = exit(unit.exit, places) else { return nil }
            // Those that are called are asked one after the other before all others go on.
            for call in unit.calls.reversed() {
                guard let first = programAlone(call.unit, otherwise: place, plan) else { return nil }
                place = first
            }
            places[index] = place
        }
        let (entry, count) = (places[plan.entry], reversed.count)
        // The entry stands first.
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

    /// A look-up in a list, for a program alone. Where the kernel cannot tell, the program goes on as though the address were
    /// inside, and where that fails, as though it were outside.
    private mutating func searchAlone(
        _ test: Test, _ then: Int, _ otherwise: Int, otherwise failure: Int, _ plan: Plan
    ) -> Int? {
        var (cut, outside): (Int?, Int) = (nil, otherwise)
        // Whether the address was there is the next question, where it is one.
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

    /// Whether a load from a place that is only known at run time succeeds: X + k + size <= len, without a sum that may wrap.
    mutating func add(_ size: Size, at offset: ValueID, then: Int, otherwise: Int) -> Int? {
        guard let (base, k) = split(offset), let index = loadIndex(base) else { return nil }
        let (end, wraps) = k.addingReportingOverflow(size.bytes)
        guard !wraps, end < 0x8000_0000, values.bounds(of: base).upperBound < 0x8000_0000 - end else { return nil }
        let remains = add(
            index + [.loadLength(.a), .arithmetic(.subtract, .k(end))],
            .test(.greaterOrEqual, .x, then: then, otherwise: otherwise))
        return add([.loadLength(.a)], .test(.greaterOrEqual, .k(end), then: remains, otherwise: otherwise))
    }

    /// Looks a value up among constants, in their order: halves of them while there are many, then one after the other.
    private mutating func add(_ value: ValueID, _ table: [(UInt32, Int)], otherwise: Int) -> Int? {
        guard !table.isEmpty else { return otherwise }
        if case .present(let size, let offset) = values[value] {
            // Decisions ask of these only whether they are 1.
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

    /// The operations that bring a value into A. Whoever asks has made sure that its loads succeed.
    func load(_ value: ValueID, scratch: UInt32 = 0) -> [Operation]? {
        switch values[value] {
        case .constant(let k): return [.loadConstant(.a, k)]
        case .length, .captured: return [.loadLength(.a)]
        case .load(let size, let k): return [.loadPacket(size, k)]
        case .loadIndexed(let size, let offset):
            guard let (base, k) = split(offset), let index = loadIndex(base, scratch: scratch) else { return nil }
            return index + [.loadPacketIndexed(size, k)]
        case .headerLength(let k): return [.loadHeaderLength(k), .transfer(to: .a)]
        // Without an interface these end the program.
        case .extension(.ifidx), .extension(.hatype): return nil
        case .extension(let name): return [.loadExtension(name, .word)]
        case .arithmetic(let name, let a, let b):
            if let k = values.constant(b) { return load(a, scratch: scratch).map { $0 + [.arithmetic(name, .k(k))] } }
            return load(a, and: b, scratch: scratch).map { $0 + [.arithmetic(name, .x)] }
        case .negate(let a): return load(a, scratch: scratch).map { $0 + [.negate] }
        case .present, .listed, .unique: return nil
        }
    }

    /// How many operations may compute a value. One that is used twice is written twice, so that their number can double with each.
    private static let longest = 64

    /// Brings one value into A and another into X, which waits in scratch memory while A is computed; nil where that takes long.
    private func load(_ a: ValueID, and x: ValueID, scratch: UInt32 = 0) -> [Operation]? {
        guard scratch < 16, let second = load(x, scratch: scratch), let first = load(a, scratch: scratch + 1),
            first.count + second.count <= GraphBuilder.longest
        else { return nil }
        return second + [.store(.a, scratch)] + first + [.loadScratch(.x, scratch)]
    }

    /// Brings a value into X, at the price of A.
    private func loadIndex(_ value: ValueID, scratch: UInt32 = 0) -> [Operation]? {
        if case .headerLength(let k) = values[value] { return [.loadHeaderLength(k)] }
        return load(value, scratch: scratch).map { $0 + [.transfer(to: .x)] }
    }

    /// An offset as a value and a constant to be added to it.
    func split(_ offset: ValueID) -> (base: ValueID, k: UInt32)? {
        guard case .arithmetic(.add, let base, let right) = values[offset] else {
            return values.constant(offset) == nil ? (offset, 0) : nil
        }
        return values.constant(right).map { (base, $0) } ?? (offset, 0)
    }
}
