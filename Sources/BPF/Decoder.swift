/// Makes the steps of an `Interpreter` from a verified program.
///
/// Each operation that can be reached becomes one step, which may swallow the operations after it:
///
/// * a load, an `and` and a comparison: one test;
/// * a comparison of the same number with one constant after the other: one look into a hash table;
/// * `ja`, and a jump to `ret #k`: nothing, as steps name the step after them.
///
/// An operation that was swallowed becomes a step of its own only where a jump leads to it. As all jumps go forward, going through
/// the program once, in order, finds every operation that is needed before it comes to it.
struct Decoder {
    private let operations: [Operation]
    private let dialect: Dialect
    /// Whether a step leads to the operation.
    private var isNeeded: [Bool]
    /// How many ways lead to the operation.
    private var entries: [Int]
    private var drafts: [Draft] = []

    init(_ program: VerifiedProgram) {
        operations = program.operations
        dialect = program.dialect
        isNeeded = [Bool](repeating: false, count: operations.count)
        entries = [Int](repeating: 0, count: operations.count)
        for index in operations.indices {
            for successor in operations[index].successors(of: index) {
                if case .operation(let index) = target(successor) { entries[index] += 1 }
            }
        }
    }

    /// Where control goes: to the step for an operation, or out with a verdict.
    enum Target: Hashable {
        case operation(Int)
        case verdict(UInt32)
    }

    /// A step whose successors have no numbers yet.
    struct Draft {
        var operation: Int
        var step: Step
        var next: Target
        var otherwise: Target
        /// For the `among` kinds: where each number leads.
        var table: [(key: UInt32, target: Target)] = []
    }

    /// The steps for the whole program, in its order.
    mutating func decode() -> Layout {
        let start = target(0)
        need(start)
        for index in operations.indices where isNeeded[index] {
            let draft = draft(at: index)
            need(draft.next)
            need(draft.otherwise)
            for entry in draft.table { need(entry.target) }
            drafts.append(draft)
        }
        let clearsScratch = dialect == .libpcap && operations.contains(where: \.isScratchLoad)
        return Layout(drafts, start: start, clearsScratch: clearsScratch)
    }

    private mutating func need(_ target: Target) {
        if case .operation(let index) = target { isNeeded[index] = true }
    }

    /// What really happens at an operation: jumps are followed, and a return is a verdict.
    private func target(_ index: Int) -> Target {
        var index = index
        while case .jump(let distance) = operations[index] { index += 1 + Int(distance) }
        if case .returnConstant(let k) = operations[index] { return .verdict(k) }
        return .operation(index)
    }

    private func draft(at index: Int) -> Draft {
        guard let number = number(at: index) else {
            let step = Step(operations[index], in: dialect)
            let next = step.kind == .drop || step.kind == .returnA ? .verdict(0) : target(index + 1)
            guard case .branch(_, .x, let jt, let jf) = operations[index] else {
                return Draft(operation: index, step: step, next: next, otherwise: next)
            }
            return Draft(
                operation: index, step: step, next: target(index + 1 + Int(jt)), otherwise: target(index + 1 + Int(jf)))
        }
        let next = target(number.end)
        guard case .operation(let test) = next,
            case .branch(let comparison, .k(let k), let jt, let jf) = operations[test]
        else {
            return Draft(operation: index, step: number.step(), next: next, otherwise: next)
        }
        var draft = Draft(
            operation: index, step: number.step(comparison), next: target(test + 1 + Int(jt)),
            otherwise: target(test + 1 + Int(jf)))
        draft.step.k = k
        if comparison == .equal { gatherEquals(of: number, into: &draft) }
        return draft
    }

    /// Follows the way where the number is not equal, as long as it only comes to more comparisons of the same number. The way
    /// ends where another one joins it, so that an operation is in one table at most, and all tables together stay small.
    private func gatherEquals(of number: Number, into draft: inout Draft) {
        var table = [(key: draft.step.k, target: draft.next)]
        var otherwise = draft.otherwise
        while let (k, jt, jf) = equality(of: number, at: otherwise) {
            if !table.contains(where: { $0.key == k }) { table.append((k, jt)) }  // the first one decides
            otherwise = jf
        }
        guard table.count > 1 else { return }
        draft.step.kind = number.amongKind
        draft.table = table
        draft.otherwise = otherwise
    }

    private func equality(of number: Number, at target: Target) -> (k: UInt32, jt: Target, jf: Target)? {
        guard case .operation(var index) = target, entries[index] == 1 else { return nil }
        if let again = self.number(at: index), again.isSame(as: number),
            case .operation(let end) = self.target(again.end), entries[end] == 1
        {
            index = end
        }
        guard case .branch(.equal, .k(let k), let jt, let jf) = operations[index] else { return nil }
        return (k, self.target(index + 1 + Int(jt)), self.target(index + 1 + Int(jf)))
    }

    /// The number that the operations from `index` on load into A, or have in A when there is only a comparison.
    private func number(at index: Int) -> Number? {
        var number: Number
        switch operations[index] {
        case .branch(_, .k, _, _): return Number(place: .accumulator, end: index)
        case .loadPacket(let size, let k) where k < 0x8000_0000 && k + size.bytes >= 4:
            number = Number(place: .fixed, size: size, offset: k, end: index + 1)
        case .loadPacketIndexed(let size, let k) where UInt64(k) + UInt64(size.bytes) >= 4:
            number = Number(place: .indexed, size: size, offset: k, end: index + 1)
        default: return nil
        }
        // The operation after a load exists: the last one of a program is a return.
        if case .arithmetic(.and, .k(let mask)) = operations[number.end] {
            number.mask &= mask
            number.end += 1
        }
        return number
    }
}

/// A number that a test is about: where it is, and what is left of it.
private struct Number {
    enum Place { case accumulator, fixed, indexed }

    let place: Place
    var size = Size.word
    /// As the program wrote it.
    var offset: UInt32 = 0
    var mask = UInt32.max
    /// The operation after those that load it.
    var end: Int

    init(place: Place, end: Int) { (self.place, self.end) = (place, end) }

    init(place: Place, size: Size, offset: UInt32, end: Int) {
        (self.place, self.size, self.offset, self.end) = (place, size, offset, end)
        mask = .max >> (32 - 8 * size.bytes)
    }

    func isSame(as other: Number) -> Bool {
        (place, size, offset, mask) == (other.place, other.size, other.offset, other.mask) && place != .accumulator
    }

    /// The step that compares the number, or only loads it.
    func step(_ comparison: Comparison? = nil) -> Step {
        var step = Step(kind(for: comparison))
        step.size = UInt8(size.bytes)
        step.offset = offset &+ size.bytes &- 4
        step.mask = mask
        return step
    }

    var amongKind: Step.Kind {
        switch place {
        case .accumulator: .among
        case .fixed: .amongFixed
        case .indexed: .amongIndexed
        }
    }

    private func kind(for comparison: Comparison?) -> Step.Kind {
        switch (comparison, place) {
        case (.equal, .accumulator): .equal
        case (.greater, .accumulator): .greater
        case (.greaterOrEqual, .accumulator): .greaterOrEqual
        case (.anyBit, _) where place == .accumulator: .anyBit
        case (.equal, .fixed): .equalFixed
        case (.greater, .fixed): .greaterFixed
        case (.greaterOrEqual, .fixed): .greaterOrEqualFixed
        case (.anyBit, .fixed): .anyBitFixed
        case (.equal, _): .equalIndexed
        case (.greater, _): .greaterIndexed
        case (.greaterOrEqual, _): .greaterOrEqualIndexed
        case (.anyBit, _): .anyBitIndexed
        case (nil, .indexed): .loadIndexed
        case (nil, _): .loadFixed
        }
    }
}

extension Operation {
    /// The operations that may come after this one, which is number `index`.
    func successors(of index: Int) -> [Int] {
        switch self {
        case .returnConstant, .returnAccumulator, .unknown: []
        case .jump(let distance): [index + 1 + Int(distance)]
        case .branch(_, _, let jt, let jf): [index + 1 + Int(jt), index + 1 + Int(jf)]
        default: [index + 1]
        }
    }

    fileprivate var isScratchLoad: Bool {
        if case .loadScratch = self { true } else { false }
    }
}
