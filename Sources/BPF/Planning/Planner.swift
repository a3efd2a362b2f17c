/// Combines the decision graphs of many programs into one plan, with shared tests.
///
/// The planner follows a packet through all programs at once, each at its current node, and keeps the facts that the
/// tests so far imply. It skips each node whose test they decide. Of the remaining tests, it chooses the one that
/// most programs need next. All equality tests of one value are a single table lookup, regardless of the number of
/// constants.
///
/// A test splits the plan in two, so the plan could grow exponentially with the tests. If few programs depend on a
/// constant, the plan is therefore not split. These programs are called and decided individually, and all others
/// continue as if the constant had not been found. This keeps classification cheap: 256 programs for 256 ports cost
/// two table lookups and one call. If a plan still becomes too large, the remaining programs are decided one after
/// the other.
struct Planner {
    /// An undecided program and its current node.
    struct Waiting: Hashable {
        let program: Int
        let node: Int
    }

    private(set) var decisions: Decisions
    private(set) var plan = Plan()
    private var facts = Facts()
    private var alone: [Int: Int] = [:]
    private var budget: Int
    /// Whether all matching programs count, or only whether there is one. In the second case the first verdict ends
    /// the plan.
    private let goal: Goal
    /// The maximum number of programs that continue together although each needs a different test.
    private let fewEnough: Int

    enum Goal { case all, any }

    /// The approximate work limit of a plan, in program steps: in total, and per node of the decision graph. The
    /// second limit keeps a plan of few programs from taking as long as one of hundreds.
    private static let maximumWork = (all: 400_000, each: 256)
    /// The maximum depth of nested tests. Planning is recursive.
    private static let maximumDepth = 150

    init(_ roots: [Int], _ decisions: Decisions, goal: Goal = .all) {
        (self.decisions, self.goal) = (decisions, goal)
        budget = min(Planner.maximumWork.all, Planner.maximumWork.each * decisions.nodes.count)
        let waiting = roots.enumerated().map { Waiting(program: $0, node: $1) }
        // List lookups become comparison trees, which must not be duplicated. So there is no separate path for short
        // packets, and the known facts also settle the tests of single programs.
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

    /// The first test: whether the packet has the bytes that nearly every packet has.
    ///
    /// No Ethernet frame is shorter than 60 bytes. For most packets, this test alone settles whether the bytes of the
    /// headers are present.
    private mutating func longEnough() -> Test? {
        let captured = decisions.values.captured()
        let atLeast = decisions.tests.filter { $0.left == captured && $0.comparison == .greaterOrEqual }
        let usual = atLeast.filter { decisions.values.bounds(of: $0.right).upperBound <= 60 }
        let last = usual.max { one, other in
            decisions.values.bounds(of: one.right).upperBound < decisions.values.bounds(of: other.right).upperBound
        }
        return atLeast.count > 1 ? last : nil
    }

    /// The unit for programs that continue together.
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

    /// The first node, from `node` on, whose test the facts do not decide.
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

    // MARK: Choice of the next test

    private enum Question: Hashable {
        case test(Test)
        /// Which of several constants the value equals.
        case value(ValueID)
    }

    /// The question that most programs need answered next, and the number of these programs.
    private func mostWanted(_ waiting: [Waiting]) -> (Question, Int)? {
        var counts: [Question: Int] = [:]
        var best: (question: Question, count: Int)?
        for program in waiting {
            guard case .test(let test, _, _) = decisions[program.node] else { continue }
            let isTable = test.comparison == .equal && decisions.values.constant(test.right) != nil
            let question: Question = isTable ? .value(test.left) : .test(test)
            counts[question, default: 0] += 1
        }
        // In program order, so that the plan is deterministic.
        for program in waiting {
            guard case .test(let test, _, _) = decisions[program.node] else { continue }
            let question = counts[.test(test)] == nil ? Question.value(test.left) : .test(test)
            let count = counts[question] ?? 0
            if count > best?.count ?? 0 { best = (question, count) }
        }
        return best.map { ($0.question, $0.count) }
    }

    // MARK: Tables

    /// The unit that looks up a value among all constants that the programs compare it with.
    private mutating func dispatch(_ value: ValueID, _ waiting: [Waiting], depth: Int) -> Int {
        /// For each constant, the programs that test for it: their index in `waiting`, and their next node if the
        /// constant is found.
        var found: [UInt32: [(place: Int, waiting: Waiting)]] = [:]
        var constants: [UInt32] = []
        /// The programs' next nodes if no constant is found.
        var others: [Waiting] = []
        for (place, program) in waiting.enumerated() {
            var node = program.node
            var own: Set<UInt32> = []
            while case .test(let test, let then, let otherwise) = decisions[node], test.left == value,
                test.comparison == .equal, let k = decisions.values.constant(test.right)
            {
                // Only the first of equal tests counts.
                if own.insert(k).inserted {
                    if found[k] == nil { constants.append(k) }
                    found[k, default: []].append((place, Waiting(program: program.program, node: then)))
                }
                node = otherwise
            }
            others.append(Waiting(program: program.program, node: node))
        }

        // A constant gets its own branch if at least an eighth of the programs test for it. So do all results of a
        // list lookup. It needs a branch if a program that has found it must not continue as if it had not.
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
            // The kernel filter cannot tell, so both results are possible.
            let inside = (found[AddressTable.Answer.inside] ?? []).map(\.waiting)
            table[Plan.uncertain] = together(inside + others, depth: depth + 1)
        }
        for k in shared {
            var programs = others
            for (place, waiting) in found[k] ?? [] { programs[place] = waiting }
            let test = Test(left: value, comparison: .equal, right: decisions.values.constant(k))
            table[k] = learning(test, true) { $0.together(programs, depth: depth + 1) }
        }
        // The rest must not assume that the other constants were excluded, because the programs called for one of
        // them also continue there.
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

    /// The unit that decides a few programs individually and continues with the rest.
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

    /// The unit for a single program at one node.
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

/// Whether everything accepted from one node is accepted from another node, too.
///
/// If so, a program that has reached the second node can be tested from the first one again without accepting more.
private struct Doubt {
    private let decisions: Decisions
    private var known: [Pair: Bool] = [:]

    private struct Pair: Hashable {
        let one: Int
        let other: Int
    }

    /// The maximum number of node pairs to examine. Beyond it, the answer is no.
    private static let most = 4096

    init(_ decisions: Decisions) { self.decisions = decisions }

    /// A node is created after its successors, so the node with the greater index is expanded.
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
