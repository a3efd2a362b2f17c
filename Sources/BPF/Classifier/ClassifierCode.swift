/// Turns a plan into steps.
struct ClassifierCode {
    private(set) var steps: [ClassifierStep] = []
    private(set) var table: [ClassifierEntry] = []
    private(set) var start = 0
    private let values: Values
    /// The slot of each value that is computed.
    private var slots: [ValueID: UInt16] = [:]
    /// Where the steps of the unit at hand begin.
    private var unitStart = 0

    /// nil for a plan with more slots or programs than a step can name.
    init?(_ plan: Plan, _ values: Values, programs: Int) {
        self.values = values
        guard values.count < UInt16.max, programs < UInt16.max else { return nil }
        let available = ClassifierCode.available(in: plan, values)
        var places = [UInt32](repeating: 0, count: plan.units.count)
        // A unit comes after those it leads to: their places are known.
        for (index, unit) in plan.units.enumerated() {
            guard let known = available[index] else { continue }
            places[index] = UInt32(steps.count)
            append(unit, known, places)
        }
        start = Int(places[plan.entry])
    }

    /// Finds no match.
    static let nothing = ClassifierCode()

    private init() {
        values = Values(dialect: .linux)
        steps = [.init(kind: .stop)]
    }

    var slotCount: Int { slots.count }

    // MARK: What is computed where

    /// For each unit the values that every way to it has computed; nil where no way leads.
    private static func available(in plan: Plan, _ values: Values) -> [Set<ValueID>?] {
        var result = [Set<ValueID>?](repeating: nil, count: plan.units.count)
        result[plan.entry] = []
        // From the entry on: a unit has a greater index than those it leads to.
        for (index, unit) in plan.units.enumerated().reversed() {
            guard var computed = result[index] else { continue }
            for operand in unit.operands(values) { collect(operand, values, &computed) { _ in } }
            for next in unit.successors {
                result[next] = result[next].map { $0.intersection(computed) } ?? computed
            }
        }
        return result
    }

    /// Calls `compute` for a value and all it is computed from, operands first, as far as they are not known.
    private static func collect(
        _ value: ValueID, _ values: Values, _ known: inout Set<ValueID>, compute: (ValueID) -> Void
    ) {
        guard !known.contains(value) else { return }
        for operand in values.operands(of: value) { collect(operand, values, &known, compute: compute) }
        known.insert(value)
        compute(value)
    }

    // MARK: Steps

    private mutating func append(_ unit: Plan.Unit, _ available: Set<ValueID>, _ places: [UInt32]) {
        var known = available
        var needed: [ValueID] = []
        unitStart = steps.count
        for operand in unit.operands(values) {
            ClassifierCode.collect(operand, values, &known) { needed.append($0) }
        }
        for value in needed { appendComputation(of: value) }
        for verdict in unit.verdicts {
            let program = UInt16(verdict.program)
            if let k = values.constant(verdict.value) {
                steps.append(.init(kind: .accept, target: program, k: k))
            } else {
                steps.append(.init(kind: .acceptSlot, target: program, left: slot(verdict.value)))
            }
        }
        for call in unit.calls {
            steps.append(.init(kind: .call, target: UInt16(call.program), then: places[call.unit]))
        }
        append(unit.exit, places)
    }

    private mutating func append(_ exit: Plan.Exit, _ places: [UInt32]) {
        switch exit {
        case .stop:
            steps.append(.init(kind: .stop))
        case .go(let unit):
            steps.append(.init(kind: .go, then: places[unit]))
        case .verdict(let value):
            if let k = values.constant(value) {
                steps.append(.init(kind: .verdict, k: k))
            } else {
                steps.append(.init(kind: .verdictSlot, left: slot(value)))
            }
        case .test(let test, let then, let otherwise):
            append(test, places[then], places[otherwise])
        case .dispatch(let value, let constants, let otherwise):
            var step = ClassifierStep(kind: .among, left: slot(value), otherwise: places[otherwise])
            (step.k, step.shift) = appendTable(constants.mapValues { places[$0] })
            appendFused(step)
        }
    }

    private mutating func append(_ test: Test, _ then: UInt32, _ otherwise: UInt32) {
        let constant = values.constant(test.right)
        var step = ClassifierStep(
            kind: .init(test.comparison, isConstant: constant != nil), then: then, otherwise: otherwise)
        switch (values[test.left], step.kind, constant) {
        case (.captured, .greaterOrEqual, let k?):
            (step.kind, step.k) = (.capturedAtLeast, k)
        case (.present(let size, let offset), .equal, 1):
            (step.kind, step.detail) = (.isPresent, size.shift)
            (step.left, step.other) = sum(offset)
        default:
            step.left = slot(test.left)
            if let constant { step.k = constant } else { step.other = UInt32(slot(test.right)) }
        }
        appendFused(step)
    }

    /// Appends a test; in one step with the load of what it tests, if that is the step before.
    private mutating func appendFused(_ test: ClassifierStep) {
        guard let load = steps.last, steps.count > unitStart, load.target == test.left,
            let kind = test.kind.fused(with: load.kind)
        else { return steps.append(test) }
        var step = load
        (step.kind, step.k, step.shift) = (kind, test.k, test.shift)
        (step.then, step.otherwise) = (test.then, test.otherwise)
        steps[steps.count - 1] = step
    }

    private mutating func appendComputation(of value: ValueID) {
        var step = ClassifierStep(kind: .constant, target: slot(value))
        switch values[value] {
        case .constant(let k): step.k = k
        case .length, .unique: step.kind = .length  // `.unique` is in no decision
        case .captured: step.kind = .captured
        case .load(let size, let offset): (step.kind, step.detail, step.other) = (.fixed, size.shift, offset)
        case .loadIndexed(let size, let offset):
            (step.kind, step.detail) = (.indexed, size.shift)
            (step.left, step.other) = sum(offset)
        case .present(let size, let offset):
            (step.kind, step.detail) = (.present, size.shift)
            (step.left, step.other) = sum(offset)
        case .headerLength(let offset): (step.kind, step.detail, step.other) = (.headerLength, Size.byte.shift, offset)
        case .extension(let name): (step.kind, step.detail) = (.extension, UInt8(name.rawValue))
        case .arithmetic(let name, let a, let b):
            step.detail = UInt8(name.rawValue)
            step.left = slot(a)
            if let k = values.constant(b) {
                (step.kind, step.k) = (.arithmeticConstant, k)
            } else {
                (step.kind, step.other) = (.arithmetic, UInt32(slot(b)))
            }
        case .negate(let a): (step.kind, step.left) = (.negate, slot(a))
        }
        steps.append(step)
    }

    /// An offset as a slot and what is to be added to it.
    private mutating func sum(_ offset: ValueID) -> (UInt16, UInt32) {
        let (base, constant) = values.sum(offset)
        return (slot(base), constant)
    }

    /// Where a table of constants begins, and the shift that finds a place in it. At most half of it is in use, and behind it
    /// are so many empty entries that a search never leaves it.
    private mutating func appendTable(_ constants: [UInt32: UInt32]) -> (UInt32, UInt8) {
        var bits = 1
        while 1 << bits < 2 * constants.count { bits += 1 }
        let shift = UInt8(32 - bits)
        let base = table.count
        table += [ClassifierEntry](repeating: ClassifierEntry(), count: 1 << bits + constants.count + 1)
        for (key, then) in constants.sorted(by: { $0.key < $1.key }) {
            var place = base + ClassifierEntry.place(of: key, shift: shift)
            while table[place].then != ClassifierEntry.nowhere { place += 1 }
            table[place] = ClassifierEntry(key: key, then: then)
        }
        return (UInt32(base), shift)
    }

    private mutating func slot(_ value: ValueID) -> UInt16 {
        if let known = slots[value] { return known }
        let slot = UInt16(slots.count)
        slots[value] = slot
        return slot
    }
}

extension Values {
    /// A value as another one plus a constant.
    fileprivate func sum(_ value: ValueID) -> (base: ValueID, constant: UInt32) {
        if case .arithmetic(.add, let base, let right) = self[value], let k = constant(right) { return (base, k) }
        return (value, 0)
    }

    /// The values that a step needs in slots to compute this one.
    fileprivate func operands(of value: ValueID) -> [ValueID] {
        switch self[value] {
        case .loadIndexed(_, let offset), .present(_, let offset): [sum(offset).base]
        case .arithmetic(_, let a, let b): constant(b) == nil ? [a, b] : [a]
        case .negate(let a): [a]
        case .constant, .length, .captured, .load, .headerLength, .extension, .unique: []
        }
    }
}

extension Plan.Unit {
    /// The values that the unit needs in slots. Constants on the right are in its steps.
    fileprivate func operands(_ values: Values) -> [ValueID] {
        let last: [ValueID] =
            switch exit {
            case .stop, .go: []
            case .test(let test, _, _): test.operands(values)
            case .dispatch(let value, _, _): [value]
            case .verdict(let value): values.constant(value) == nil ? [value] : []
            }
        return verdicts.map(\.value).filter { values.constant($0) == nil } + last
    }
}

extension Test {
    fileprivate func operands(_ values: Values) -> [ValueID] {
        guard let k = values.constant(right) else { return [right, left] }
        // Two tests that are steps of their own.
        switch (values[left], comparison, k) {
        case (.captured, .greaterOrEqual, _): return []
        case (.present(_, let offset), .equal, 1): return [values.sum(offset).base]
        default: return [left]
        }
    }
}
