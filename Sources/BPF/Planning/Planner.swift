/// Makes one plan of many programs' decisions. This is where tests are shared.
///
/// The planner follows a packet through all programs at once, each at the node it has come to, and knows what the tests so far
/// have said. A node whose test that settles is passed at once. Then there is a choice of tests, and it takes the one for which
/// most programs wait. Tests of one value for equality are one test, with a table, however many constants there are.
///
/// A test splits the plan in two, and sixty tests would split it beyond all bounds. So where only few of the programs care for
/// a constant, the plan is not split: these few are called, each decided alone, and all others go on together as though
/// nothing had happened. That is what makes classification cheap: 256 programs for 256 ports cost two look-ups in a table, and
/// the one program that is called. Should a plan still become too large, the rest is done one program after the other.
struct Planner {
    /// A program that is not decided, and its node.
    struct Waiting: Hashable {
        let program: Int
        let node: Int
    }

    private(set) var decisions: Decisions
    private(set) var plan = Plan()
    private var facts = Facts()
    private var alone: [Int: Int] = [:]
    private var budget: Int
    /// Whether it matters which programs accept, or only whether any does: then nothing follows the first verdict.
    private let goal: Goal
    /// How many programs at most go on together although each waits for another test.
    private let fewEnough: Int

    enum Goal { case all, any }

    /// How many steps of programs a plan may consist of, about: in all, and for each test of the programs, lest the plan of a few
    /// take as long as that of hundreds.
    private static let maximumWork = (all: 400_000, each: 256)
    /// How many tests one after the other: plans are made recursively.
    private static let maximumDepth = 150

    init(_ roots: [Int], _ decisions: Decisions, goal: Goal = .all) {
        (self.decisions, self.goal) = (decisions, goal)
        budget = min(Planner.maximumWork.all, Planner.maximumWork.each * decisions.nodes.count)
        let waiting = roots.enumerated().map { Waiting(program: $0, node: $1) }
        // The trees of comparisons that look-ups in lists become are not to be written twice: no other way for short packets, and
        // what is known settles tests of a single program, too.
        let hasTrees = goal == .any && !decisions.values.lists.isEmpty
        fewEnough = hasTrees ? 4 : 0
        guard !hasTrees, let long = longEnough() else {
            plan.entry = together(waiting, depth: 0)
            return
        }
        let then = learning(long, true) { $0.together(waiting, depth: 0) }
        let otherwise = learning(long, false) { $0.together(waiting, depth: 0) }
        plan.entry = plan.add(.init(exit: .test(long, then: then, otherwise: otherwise)))
    }

    /// The test to begin with: whether the packet has all the bytes that nearly every packet has. No frame on an Ethernet is
    /// shorter than 60; so for most packets this one test answers all questions whether a byte of the headers is there.
    private mutating func longEnough() -> Test? {
        let captured = decisions.values.captured()
        let atLeast = decisions.tests.filter { $0.left == captured && $0.comparison == .greaterOrEqual }
        let usual = atLeast.filter { decisions.values.bounds(of: $0.right).upperBound <= 60 }
        let last = usual.max { one, other in
            decisions.values.bounds(of: one.right).upperBound < decisions.values.bounds(of: other.right).upperBound
        }
        return atLeast.count > 1 ? last : nil
    }

    /// The unit for programs that go on together.
    private mutating func together(_ programs: [Waiting], depth: Int) -> Int {
        var verdicts: [Plan.Verdict] = []
        var waiting: [Waiting] = []
        for program in programs {
            let node = advance(program.node)
            switch decisions[node] {
            case .test: waiting.append(Waiting(program: program.program, node: node))
            case .verdict(let value): verdicts.append(.init(program: program.program, value: value))
            }
        }
        verdicts.removeAll { decisions.values.constant($0.value) == 0 }
        if goal == .any && waiting.count > 1 {
            var seen: Set<Int> = []
            waiting.removeAll { !seen.insert($0.node).inserted }
        }
        if goal == .any, let first = verdicts.first { return plan.add(.init(exit: .verdict(first.value))) }
        let rest = decide(waiting, depth: depth)
        guard !verdicts.isEmpty else { return rest }
        return plan.add(.init(verdicts: verdicts, exit: .go(rest)))
    }

    /// The first node, from a node on, whose test is open.
    private func advance(_ node: Int) -> Int {
        var node = node
        while case .test(let test, let then, let otherwise) = decisions[node],
            let outcome = facts.outcome(test, decisions.values)
        {
            node = outcome ? then : otherwise
        }
        return node
    }

    private mutating func decide(_ waiting: [Waiting], depth: Int) -> Int {
        budget -= waiting.count
        guard let (question, count) = mostWanted(waiting) else { return plan.add(.init(exit: .stop)) }
        if (count == 1 && waiting.count > fewEnough) || budget < 0 || depth > Planner.maximumDepth {
            let calls = waiting.map { Plan.Call(program: $0.program, unit: unit(of: $0.node)) }
            return plan.add(.init(calls: calls, exit: .stop))
        }
        switch question {
        case .test(let test):
            let then = learning(test, true) { $0.together(waiting, depth: depth + 1) }
            let otherwise = learning(test, false) { $0.together(waiting, depth: depth + 1) }
            return then == otherwise ? then : plan.add(.init(exit: .test(test, then: then, otherwise: otherwise)))
        case .value(let value):
            return dispatch(value, waiting, depth: depth)
        }
    }

    private mutating func learning<T>(_ test: Test, _ outcome: Bool, _ body: (inout Planner) -> T) -> T {
        let mark = facts.mark
        facts.learn(test, outcome, decisions.values)
        defer { facts.forget(to: mark) }
        return body(&self)
    }

    // MARK: Choosing

    private enum Question: Hashable {
        case test(Test)
        /// Which constant it equals.
        case value(ValueID)
    }

    /// The question that most programs wait for, and how many do.
    private func mostWanted(_ waiting: [Waiting]) -> (Question, Int)? {
        var counts: [Question: Int] = [:]
        var best: (question: Question, count: Int)?
        for program in waiting {
            guard case .test(let test, _, _) = decisions[program.node] else { continue }
            let isTable = test.comparison == .equal && decisions.values.constant(test.right) != nil
            let question: Question = isTable ? .value(test.left) : .test(test)
            counts[question, default: 0] += 1
        }
        // In the order of the programs, so that a plan is the same on each run.
        for program in waiting {
            guard case .test(let test, _, _) = decisions[program.node] else { continue }
            let question = counts[.test(test)] == nil ? Question.value(test.left) : .test(test)
            let count = counts[question] ?? 0
            if count > best?.count ?? 0 { best = (question, count) }
        }
        return best.map { ($0.question, $0.count) }
    }

    // MARK: Tables

    /// The unit that looks a value up among all constants that the programs compare it with.
    private mutating func dispatch(_ value: ValueID, _ waiting: [Waiting], depth: Int) -> Int {
        /// For each constant the programs that ask for it, by their place in `waiting`, and where they go if it is found.
        var found: [UInt32: [(place: Int, waiting: Waiting)]] = [:]
        var constants: [UInt32] = []
        /// Where all go if none is.
        var others: [Waiting] = []
        for (place, program) in waiting.enumerated() {
            var node = program.node
            var own: Set<UInt32> = []
            while case .test(let test, let then, let otherwise) = decisions[node], test.left == value,
                test.comparison == .equal, let k = decisions.values.constant(test.right)
            {
                // The first of equal tests counts.
                if own.insert(k).inserted {
                    if found[k] == nil { constants.append(k) }
                    found[k, default: []].append((place, Waiting(program: program.program, node: then)))
                }
                node = otherwise
            }
            others.append(Waiting(program: program.program, node: node))
        }

        // A constant is worth a plan of its own where at least an eighth of the programs care; all that a look-up in a list
        // can say are. It needs one where a program that has found it must not go on as though it had not.
        let isListed = decisions.values.isListed(value)
        var doubt = Doubt(decisions)
        let shared = constants.filter { k in
            let asking = found[k] ?? []
            if isListed || waiting.count <= fewEnough || (asking.count * 8 >= waiting.count && asking.count > 1) {
                return true
            }
            return goal == .any
                && !asking.allSatisfy { doubt.implies(others[$0.place].node, $0.waiting.node) }
        }
        var table: [UInt32: Int] = [:]
        if isListed && goal == .any {
            // Where the kernel cannot tell, either answer may be right.
            let inside = (found[AddressTable.Answer.inside] ?? []).map(\.waiting)
            table[Plan.uncertain] = together(inside + others, depth: depth + 1)
        }
        for k in shared {
            var programs = others
            for (place, waiting) in found[k] ?? [] { programs[place] = waiting }
            let test = Test(left: value, comparison: .equal, right: decisions.values.constant(k))
            table[k] = learning(test, true) { $0.together(programs, depth: depth + 1) }
        }
        // Of the other constants the rest must know nothing: those who are called for one of them come there too.
        let mark = facts.mark
        for k in shared {
            let test = Test(left: value, comparison: .equal, right: decisions.values.constant(k))
            facts.learn(test, false, decisions.values)
        }
        let rest = together(others, depth: depth + 1)
        facts.forget(to: mark)
        for k in constants where table[k] == nil {
            let test = Test(left: value, comparison: .equal, right: decisions.values.constant(k))
            table[k] = learning(test, true) { $0.aside((found[k] ?? []).map(\.waiting), then: rest) }
        }
        if table.values.allSatisfy({ $0 == rest }) { return rest }
        return plan.add(.init(exit: .dispatch(value, table, otherwise: rest)))
    }

    /// The unit that decides a few programs, each alone, and goes on to the rest.
    private mutating func aside(_ programs: [Waiting], then rest: Int) -> Int {
        var unit = Plan.Unit(exit: .go(rest))
        for program in programs {
            let node = advance(program.node)
            if case .verdict(let value) = decisions[node] {
                if goal == .any && decisions.values.constant(value) != 0 {
                    return plan.add(.init(exit: .verdict(value)))
                }
                unit.verdicts.append(.init(program: program.program, value: value))
            } else {
                unit.calls.append(.init(program: program.program, unit: self.unit(of: node)))
            }
        }
        return plan.add(unit)
    }

    /// The unit of one node, for a program alone.
    private mutating func unit(of node: Int) -> Int {
        if let known = alone[node] { return known }
        let exit: Plan.Exit =
            switch decisions[node] {
            case .verdict(let value): .verdict(value)
            case .test(let test, let then, let otherwise):
                .test(test, then: unit(of: then), otherwise: unit(of: otherwise))
            }
        let unit = plan.add(.init(exit: exit))
        alone[node] = unit
        return unit
    }
}

/// Whether whatever is accepted from one node on is accepted from another one on, too. Where that is so, a program that has
/// come to the second may be asked from the first on once more: it says nothing wrong.
private struct Doubt {
    private let decisions: Decisions
    private var known: [Pair: Bool] = [:]

    private struct Pair: Hashable {
        let one: Int
        let other: Int
    }

    /// How many pairs of nodes are looked at; the answer is no where that takes more.
    private static let most = 4096

    init(_ decisions: Decisions) { self.decisions = decisions }

    /// Nodes are made after those they lead to, so that the one with the greater number is followed.
    mutating func implies(_ one: Int, _ other: Int) -> Bool {
        if one == other { return true }
        let pair = Pair(one: one, other: other)
        if let answer = known[pair] { return answer }
        guard known.count < Doubt.most else { return false }
        let answer: Bool
        switch (decisions[one], decisions[other]) {
        case (.verdict(let value), _) where decisions.values.constant(value) == 0: answer = true
        case (_, .verdict(let value)) where decisions.values.constant(value) ?? 0 > 0: answer = true
        case (.test(_, let then, let otherwise), _) where one > other:
            answer = implies(then, other) && implies(otherwise, other)
        case (_, .test(_, let then, let otherwise)):
            answer = implies(one, then) && implies(one, otherwise)
        case (.test(_, let then, let otherwise), _):
            answer = implies(then, other) && implies(otherwise, other)
        default: answer = false
        }
        known[pair] = answer
        return answer
    }
}
