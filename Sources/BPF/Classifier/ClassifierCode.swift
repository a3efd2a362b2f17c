/// Turns a plan into steps for the interpreter.
///
/// A unit puts a number into A where it needs it: that is mostly a load, which is one step with the test after it and cheap
/// enough to be made again. Only what is computed from other numbers is kept in a word of scratch memory; on a way that has
/// computed it, it is not computed again.
struct ClassifierCode {
    private(set) var drafts: [Decoder.Draft] = []
    private let plan: Plan
    private let values: Values
    /// The words of the values that are kept.
    private var words: [ValueID: UInt32] = [:]
    /// The values that have been kept on every way to the step at hand.
    private var known: Set<ValueID> = []
    /// The number of the next draft. The first one of a unit has the unit's number; the others come after all units.
    private var label = 0
    private var lastLabel: Int

    init(_ plan: Plan, _ values: Values) {
        (self.plan, self.values) = (plan, values)
        lastLabel = plan.units.count
        let kept = keptWords()
        // A unit comes after those it leads to; so in memory it lies before them, and mostly goes on with the next step.
        for (index, unit) in plan.units.enumerated().reversed() {
            guard let kept = kept[index] else { continue }
            (label, known) = (index, kept)
            for word in values.words(for: unit) { keep(word) }
            for verdict in unit.verdicts { accept(verdict) }
            for call in unit.calls { append(call) }
            append(unit.exit, absent: nil)
        }
    }

    var start: Decoder.Target { plan.units.isEmpty ? .verdict(0) : target(plan.entry) }

    /// The first step of a unit, or what really happens there.
    private func target(_ index: Int) -> Decoder.Target {
        let unit = plan.units[index]
        guard unit.verdicts.isEmpty, unit.calls.isEmpty else { return .operation(index) }
        switch unit.exit {
        case .stop: return .verdict(0)
        case .go(let next): return target(next)
        case .verdict(let value): return values.constant(value).map { .verdict($0) } ?? .operation(index)
        case .test, .dispatch: return .operation(index)
        }
    }

    var wordCount: Int { words.count }

    // MARK: What is kept

    /// For each unit the values that every way to it has kept; nil where no way leads.
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

    /// Computes a value into its word, unless it is known.
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

    /// Puts a value into A. May use X.
    private mutating func loadA(_ value: ValueID) {
        if let word = word(of: value) { return append(.loadScratch(.a, word)) }
        if let number = values.number(value) {
            if let base = number.base { loadX(base) }
            return append(number.number.action(in: .linux))
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
        case .arithmetic, .negate, .captured, .present, .unique:
            preconditionFailure("the first two are kept, the next two are only tested, and the last is in no decision")
        }
    }

    /// Puts a value into X that is kept, a constant or the length of a header. Leaves A alone.
    private mutating func loadX(_ value: ValueID) {
        if let word = word(of: value) { return append(.loadScratch(.x, word)) }
        switch values[value] {
        case .headerLength(let k): append(.loadHeaderLength(k))
        default: append(.loadConstant(.x, values.constant(value) ?? 0))
        }
    }

    // MARK: Steps

    private mutating func append(_ operation: Operation) { append(Action(operation, in: .linux)) }

    /// A step that goes on with the next one.
    private mutating func append(_ action: Action) {
        let next = lastLabel + 1
        append(Decoder.Draft(operation: label, action: action, next: .operation(next), otherwise: .operation(next)))
        (label, lastLabel) = (next, next)
    }

    private mutating func append(_ draft: Decoder.Draft) { drafts.append(draft) }

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
        drafts[drafts.count - 1].otherwise = target(call.unit)
    }

    /// `absent`: where to go instead when the load of the exit's number fails.
    private mutating func append(_ exit: Plan.Exit, absent: Decoder.Target?) {
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
                let test = Test(left: value, comparison: .equal, right: value)
                return append(test, target(table[1] ?? otherwise), target(table[0] ?? otherwise), absent)
            }
            var draft = testDraft(of: value, nil, k: 0)
            draft.otherwise = target(otherwise)
            draft.next = draft.otherwise
            draft.absent = absent
            draft.table = table.sorted { $0.key < $1.key }.map { ($0.key, target($0.value)) }
            append(draft)
        }
    }

    /// Ends a unit: its last step leads to the target.
    private mutating func jump(to target: Decoder.Target) {
        if let last = drafts.last, last.next == .operation(label) {
            drafts[drafts.count - 1].next = target
            if last.otherwise == last.next { drafts[drafts.count - 1].otherwise = target }
            return
        }
        append(Decoder.Draft(operation: label, action: Action(.jump), next: target, otherwise: target))
    }

    private mutating func append(
        _ test: Test, _ then: Decoder.Target, _ otherwise: Decoder.Target, _ absent: Decoder.Target?
    ) {
        var draft: Decoder.Draft
        switch values[test.left] {
        case .captured:
            draft = Decoder.Draft(
                operation: label, action: Action(.isLong, k: values.constant(test.right) ?? 0), next: then,
                otherwise: otherwise)
        case .present(let size, let offset):
            if let exit = exit(of: then, thatLoads: size, at: offset) {
                return append(exit, absent: otherwise)
            }
            let (base, k) = values.sum(offset)
            loadX(base)
            var action = Action(.loadPacketIndexed(size, k), in: .linux)
            action.kind = .isPresent
            draft = Decoder.Draft(operation: label, action: action, next: then, otherwise: otherwise)
        default:
            if let k = values.constant(test.right) {
                draft = testDraft(of: test.left, test.comparison, k: k)
            } else {
                loadA(test.left)
                loadX(test.right)
                let action = Action(.branch(test.comparison, .x, jt: 0, jf: 0), in: .linux)
                draft = Decoder.Draft(operation: label, action: action, next: then, otherwise: otherwise)
            }
            (draft.next, draft.otherwise, draft.absent) = (then, otherwise, absent)
        }
        append(draft)
    }

    /// The exit of a unit that does nothing else, if it begins with the load of this number: then the test whether the number
    /// is there needs no step of its own.
    private func exit(
        of target: Decoder.Target, thatLoads size: Size, at offset: ValueID
    ) -> Plan.Exit? {
        guard case .operation(let index) = target, case let unit = plan.units[index], unit.verdicts.isEmpty,
            unit.calls.isEmpty, known.isSuperset(of: values.words(for: unit))
        else { return nil }
        let value: ValueID
        switch unit.exit {
        case .dispatch(let number, _, _): value = number
        case .test(let test, _, _) where values.constant(test.right) != nil: value = test.left
        default: return nil
        }
        return values[value] == .loadIndexed(size, at: offset) && values.number(value) != nil ? unit.exit : nil
    }

    /// A test of a value, in one step with its load and that of the header's length before it, where possible. Its targets are
    /// left to the caller.
    private mutating func testDraft(of value: ValueID, _ comparison: Comparison?, k: UInt32) -> Decoder.Draft {
        var number = Decoder.Number(place: .accumulator)
        var header: UInt8?
        if !known.contains(value), let (direct, base) = values.number(value) {
            number = direct
            if let base {
                if case .headerLength(let place) = values[base], comparison == .equal || comparison == nil {
                    header = UInt8(exactly: place)
                }
                if header == nil || direct.offset >= 0x7fff_0000 {
                    header = nil
                    loadX(base)
                }
            }
        } else {
            loadA(value)
        }
        var action = comparison.map { number.action($0, in: .linux) } ?? number.lookUp(in: .linux)
        action.k = k
        var draft = Decoder.Draft(operation: label, action: action, next: .verdict(0), otherwise: .verdict(0))
        draft.header = header
        return draft
    }
}

extension Values {
    /// A value as another one plus a constant.
    fileprivate func sum(_ value: ValueID) -> (base: ValueID, constant: UInt32) {
        if case .arithmetic(.add, let base, let right) = self[value], let k = constant(right) { return (base, k) }
        return (value, 0)
    }

    /// A value as a number that one step loads, and what X has to be for it.
    fileprivate func number(_ value: ValueID) -> (number: Decoder.Number, base: ValueID?)? {
        switch self[value] {
        case .load(let size, let k): return Decoder.Number(.loadPacket(size, k)).map { ($0, nil) }
        case .loadIndexed(let size, let offset):
            let (base, k) = sum(offset)
            return Decoder.Number(.loadPacketIndexed(size, k)).map { ($0, base) }
        case .arithmetic(.and, let loaded, let right):
            guard let mask = constant(right), var result = number(loaded) else { return nil }
            result.number.mask &= mask
            return result
        default: return nil
        }
    }

    // MARK: What has to be in words

    /// Before the value is put into A.
    fileprivate func words(for value: ValueID) -> [ValueID] {
        if let (_, base) = number(value) { return base.map(wordsForX) ?? [] }
        return switch self[value] {
        case .loadIndexed(_, let offset): wordsForX(sum(offset).base)
        case .arithmetic, .negate: [value]
        default: []
        }
    }

    /// Before it is put into X.
    private func wordsForX(_ value: ValueID) -> [ValueID] {
        switch self[value] {
        case .constant, .headerLength: []
        default: [value]
        }
    }

    /// Before it is computed into a word of its own.
    fileprivate func words(of value: ValueID) -> [ValueID] {
        switch self[value] {
        case .arithmetic(_, let a, let b) where number(value) == nil:
            words(for: a) + (constant(b) == nil ? wordsForX(b) : [])
        case .negate(let a): words(for: a)
        default: words(for: value)
        }
    }

    /// Before it is tested.
    private func words(toTest value: ValueID) -> [ValueID] {
        switch self[value] {
        case .captured: []
        case .present(_, let offset): wordsForX(sum(offset).base)
        default: words(for: value)
        }
    }

    fileprivate func words(for unit: Plan.Unit) -> [ValueID] {
        let last: [ValueID] =
            switch unit.exit {
            case .stop, .go: []
            case .test(let test, _, _):
                words(toTest: test.left) + (constant(test.right) == nil ? wordsForX(test.right) : [])
            case .dispatch(let value, _, _): words(toTest: value)
            case .verdict(let value): words(for: value)
            }
        return unit.verdicts.flatMap { words(for: $0.value) } + last
    }
}
