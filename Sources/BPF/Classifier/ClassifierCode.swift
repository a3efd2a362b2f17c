/// Translates a plan into steps for the interpreter.
///
/// A unit loads a number into A where it needs it. Usually that is one load, fused with the test after it, and cheap
/// enough to repeat. Only values computed from other values are kept in a scratch word; a path that has computed such
/// a value does not compute it again.
struct ClassifierCode {
    private(set) var unplacedSteps: [UnplacedStep] = []
    private let plan: Plan
    private let values: Values
    /// The scratch words of the values that are kept.
    private var words: [ValueID: UInt32] = [:]
    /// The values that every path to the current step has stored.
    private var known: Set<ValueID> = []
    /// The label of the next step. The first step of a unit has the unit's index; the labels of its other steps
    /// follow those of all units.
    private var label = 0
    private var lastLabel: Int

    init(_ plan: Plan, _ values: Values) {
        (self.plan, self.values) = (plan, values)
        lastLabel = plan.units.count
        let kept = keptWords()
        for index in order() where target(index) == .step(index) {
            let unit = plan.units[index]
            (label, known) = (index, kept[index] ?? [])
            for word in values.words(for: unit) { keep(word) }
            for verdict in unit.verdicts { accept(verdict) }
            for call in unit.calls { append(call) }
            append(unit.exit, absent: nil)
        }
    }

    var start: UnplacedStep.Target { plan.units.isEmpty ? .verdict(0) : target(plan.entry) }

    /// The first step of a unit, or the destination that an empty unit leads to.
    private func target(_ index: Int) -> UnplacedStep.Target {
        let unit = plan.units[index]
        guard unit.verdicts.isEmpty, unit.calls.isEmpty else { return .step(index) }
        switch unit.exit {
        case .stop: return .verdict(0)
        case .go(let next): return target(next)
        case .verdict(let value): return values.constant(value).map { .verdict($0) } ?? .step(index)
        case .test, .dispatch: return .step(index)
        }
    }

    var wordCount: Int { words.count }

    /// The reachable units, each followed in memory by its most frequent successor where possible.
    private func order() -> [Int] {
        var order: [Int] = []
        var isPlaced = [Bool](repeating: false, count: plan.units.count)
        var waiting = plan.units.isEmpty ? [] : [plan.entry]
        while var index = waiting.popLast() {
            while !isPlaced[index] {
                isPlaced[index] = true
                order.append(index)
                let successors = plan.units[index].successors
                waiting += successors.reversed()
                index = plan.units[index].exit.usualSuccessor ?? index
            }
        }
        return order
    }

    // MARK: Kept values

    /// The values that every path to a unit has stored, by unit; nil if the unit is unreachable.
    private func keptWords() -> [Set<ValueID>?] {
        var result = [Set<ValueID>?](repeating: nil, count: plan.units.count)
        if !plan.units.isEmpty { result[plan.entry] = [] }
        for (index, unit) in plan.units.enumerated().reversed() {
            guard var kept = result[index] else { continue }
            for word in values.words(for: unit) { addWithParts(word, to: &kept) }
            for next in unit.successors { result[next] = result[next].map { $0.intersection(kept) } ?? kept }
        }
        return result
    }

    private func addWithParts(_ value: ValueID, to kept: inout Set<ValueID>) {
        guard kept.insert(value).inserted else { return }
        for part in values.words(of: value) { addWithParts(part, to: &kept) }
    }

    /// Computes a value into its scratch word unless it is there already.
    private mutating func keep(_ value: ValueID) {
        guard !known.contains(value) else { return }
        for part in values.words(of: value) { keep(part) }
        switch values[value] {
        case .arithmetic(let name, let a, let b):
            loadA(a)
            if let k = values.constant(b) {
                append(.arithmetic(name, .k(k)))
            } else {
                loadX(b)
                append(.arithmetic(name, .x))
            }
        case .negate(let a):
            loadA(a)
            append(.negate)
        default: loadA(value)
        }
        let word = words[value] ?? UInt32(words.count)
        words[value] = word
        known.insert(value)
        append(.store(.a, word))
    }

    private func word(of value: ValueID) -> UInt32? { known.contains(value) ? words[value] : nil }

    // MARK: Numbers

    /// Loads a value into A. May overwrite X.
    private mutating func loadA(_ value: ValueID) {
        if let word = word(of: value) { return append(.loadScratch(.a, word)) }
        if let number = values.number(value) {
            if let base = number.base { loadX(base) }
            return append(number.number.load(in: .linux))
        }
        switch values[value] {
        case .constant(let k): append(.loadConstant(.a, k))
        case .length: append(.loadLength(.a))
        case .load(let size, let k): append(.loadPacket(size, k))
        case .loadIndexed(let size, let offset):
            let (base, k) = values.sum(offset)
            loadX(base)
            append(.loadPacketIndexed(size, k))
        case .headerLength(let k):
            append(.loadHeaderLength(k))
            append(.transfer(to: .a))
        case .extension(let name): append(.loadExtension(name, .word))
        case .listed(let list, let family, let place):
            let (base, k) = values.constant(place).map { (nil, $0) } ?? values.sum(place)
            if let base { loadX(base) }
            append(.lookUp(family, list: UInt16(truncatingIfNeeded: list), at: k, fromX: base != nil))
            unplacedSteps[unplacedSteps.count - 1].list = values.lists[list].table
        case .arithmetic, .negate, .captured, .present, .unique:
            preconditionFailure("the first two are kept, the next two are only tested, and the last is in no decision")
        }
    }

    /// Loads a value into X: a kept value, a constant or a header length. Preserves A.
    private mutating func loadX(_ value: ValueID) {
        if let word = word(of: value) { return append(.loadScratch(.x, word)) }
        switch values[value] {
        case .headerLength(let k): append(.loadHeaderLength(k))
        case .constant(let k): append(.loadConstant(.x, k))
        default: preconditionFailure("every other value is kept before it is an index or an operand")
        }
    }

    // MARK: Steps

    private mutating func append(_ operation: Operation) { append(Action(operation, in: .linux)) }

    /// Appends a step that continues with the next one.
    private mutating func append(_ action: Action) {
        lastLabel += 1
        unplacedSteps.append(UnplacedStep(label, action, next: .step(lastLabel)))
        label = lastLabel
    }

    private mutating func accept(_ verdict: Plan.Verdict) {
        var action = Action(.accept)
        if let k = values.constant(verdict.value) {
            action.k = k
        } else {
            loadA(verdict.value)
            action = Action(.acceptA)
        }
        action.offset = UInt32(verdict.program)
        append(action)
    }

    private mutating func append(_ call: Plan.Call) {
        var action = Action(.call)
        action.offset = UInt32(call.program)
        append(action)
        unplacedSteps[unplacedSteps.count - 1].otherwise = target(call.unit)
    }

    /// `absent` is the destination if the load of the exit's number fails.
    private mutating func append(_ exit: Plan.Exit, absent: UnplacedStep.Target?) {
        switch exit {
        case .stop: jump(to: .verdict(0))
        case .go(let unit): jump(to: target(unit))
        case .verdict(let value):
            if let k = values.constant(value) { return jump(to: .verdict(k)) }
            loadA(value)
            append(Action(.returnA))
        case .test(let test, let then, let otherwise):
            append(test, target(then), target(otherwise), absent)
        case .dispatch(let value, let table, let otherwise):
            if case .present = values[value] {
                return appendPresence(of: value, target(table[1] ?? otherwise), target(table[0] ?? otherwise))
            }
            let (number, header) = number(value)
            var unplaced = UnplacedStep(label, number.look(in: .linux), next: target(otherwise))
            (unplaced.header, unplaced.absent) = (header, absent)
            unplaced.table = table.sorted { $0.key < $1.key }.map { ($0.key, target($0.value)) }
            unplacedSteps.append(unplaced)
        }
    }

    /// Makes the last step of a unit lead to `target`. The step exists, because an empty unit is never a target.
    private mutating func jump(to target: UnplacedStep.Target) {
        let last = unplacedSteps.count - 1
        if unplacedSteps[last].otherwise == unplacedSteps[last].next { unplacedSteps[last].otherwise = target }
        unplacedSteps[last].next = target
    }

    private mutating func append(
        _ test: Test, _ then: UnplacedStep.Target, _ otherwise: UnplacedStep.Target, _ absent: UnplacedStep.Target?
    ) {
        if case .present = values[test.left] { return appendPresence(of: test.left, then, otherwise) }
        let action: Action
        var header: UInt8?
        if case .captured = values[test.left] {
            action = Action(.isLong, k: values.constant(test.right) ?? 0)
        } else if let k = values.constant(test.right) {
            let number: Number
            (number, header) = self.number(test.left, test.comparison)
            action = number.test(test.comparison, k, in: .linux)
        } else {
            loadA(test.left)
            loadX(test.right)
            action = Action(.branch(test.comparison, .x, jt: 0, jf: 0), in: .linux)
        }
        var unplaced = UnplacedStep(label, action, next: then, otherwise: otherwise)
        (unplaced.header, unplaced.absent) = (header, absent)
        unplacedSteps.append(unplaced)
    }

    /// Appends a test for the presence of a number in the packet. If the next step loads that number, the test needs
    /// no step of its own.
    private mutating func appendPresence(
        of value: ValueID, _ then: UnplacedStep.Target, _ otherwise: UnplacedStep.Target
    ) {
        guard case .present(let size, let offset) = values[value] else { return }
        if let exit = exit(at: then, thatLoads: .loadIndexed(size, at: offset)) {
            return append(exit, absent: otherwise)
        }
        let (base, k) = values.sum(offset)
        loadX(base)
        var action = Action(.loadPacketIndexed(size, k), in: .linux)
        action.kind = .isPresent
        unplacedSteps.append(UnplacedStep(label, action, next: then, otherwise: otherwise))
    }

    /// The exit of a unit that does nothing else, if the exit begins with the load of this number.
    private func exit(at target: UnplacedStep.Target, thatLoads number: Value) -> Plan.Exit? {
        guard case .step(let index) = target, case let unit = plan.units[index], unit.verdicts.isEmpty,
            unit.calls.isEmpty, known.isSuperset(of: values.words(for: unit))
        else { return nil }
        let value: ValueID
        switch unit.exit {
        case .dispatch(let number, _, _): value = number
        case .test(let test, _, _) where values.constant(test.right) != nil: value = test.left
        default: return nil
        }
        return values[value] == number && values.number(value) != nil ? unit.exit : nil
    }

    /// The number that a step tests or looks up, without the comparison.
    ///
    /// Where possible, the load of the number and the header length before it are fused into the step of the test.
    private mutating func number(
        _ value: ValueID, _ comparison: Comparison = .equal
    ) -> (number: Number, header: UInt8?) {
        guard word(of: value) == nil, let (number, base) = values.number(value) else {
            loadA(value)
            return (Number(place: .accumulator), nil)
        }
        if let base {
            if case .headerLength(let place) = values[base], let header = UInt8(exactly: place), comparison == .equal,
                number.canBeBehindHeader
            {
                return (number, header)
            }
            loadX(base)
        }
        return (number, nil)
    }
}
