/// Makes the steps of an `Interpreter` from a verified program.
///
/// Each operation that can be reached becomes one step, which may swallow the operations after it:
///
/// * a load, an `and` and a comparison: one test; `ldx 4*([k]&0xf)` before them too;
/// * comparisons of the same number with one constant after the other: one look into a table;
/// * `ja`: nothing, as steps may lead anywhere.
///
/// An operation that was swallowed becomes a step of its own only where a jump leads to it. As all jumps go forward, going
/// through the program once, in order, finds every operation that is needed before it comes to it.
struct Decoder {
    private let operations: [Operation]
    private let dialect: Dialect
    /// Whether a step leads to the operation.
    private var isNeeded: [Bool]
    /// How many more comparisons may be gathered in tables: where many chains of them end in one, each would gather all of it.
    private var gathersLeft: Int
    private var drafts: [Draft] = []
    /// For each operation what A holds on every way to it, where that is a number at a fixed place.
    private var held: [Held]

    enum Held { case nowhere, number(Number), other }

    init(_ program: VerifiedProgram) {
        operations = program.operations
        dialect = program.dialect
        held = .init(repeating: .nowhere, count: operations.count)
        isNeeded = [Bool](repeating: false, count: operations.count)
        gathersLeft = 8 * operations.count
    }

    /// How many comparisons make a table worth while; fewer are quicker one after the other.
    private static let leastTable = 4

    /// Where control goes: to the step for an operation, or out with a verdict.
    enum Target: Hashable {
        case operation(Int)
        case verdict(UInt32)
    }

    /// A step whose successors have no numbers yet.
    struct Draft {
        var operation: Int
        var action: Action
        var next: Target
        var otherwise: Target
        /// Where the header begins whose length is loaded before the test.
        var header: UInt8?
        /// For the `among` kinds: where each number leads.
        var table: [HashTable.Entry] = []
        /// Whether most numbers are not in the table.
        var isSeldomFound = false
        /// Where a classifier goes on when the load fails.
        var absent: Target?
        /// What A holds afterwards, if that is a number at a fixed place.
        var holds: Number?

        var targets: [Target] { [next, otherwise] + table.map(\.target) }
    }

    /// The steps for the whole program, in its order.
    mutating func decode() -> Code {
        let start = target(0)
        need(start, nil)
        for index in operations.indices where isNeeded[index] {
            let draft = draft(at: index)
            for target in draft.targets { need(target, draft.holds) }
            drafts.append(draft)
        }
        return Code(drafts, start: start)
    }

    private mutating func need(_ target: Target, _ number: Number?) {
        guard case .operation(let index) = target else { return }
        isNeeded[index] = true
        switch (held[index], number) {
        case (.nowhere, let number?): held[index] = .number(number)
        case (.number(let before), let number?) where before.isSame(as: number): break
        default: held[index] = .other
        }
    }

    /// What really happens at an operation: jumps are followed, and a return is a verdict.
    private func target(_ index: Int) -> Target {
        var index = index
        while case .jump(let distance) = operations[index] { index += 1 + Int(distance) }
        if case .returnConstant(let k) = operations[index] { return .verdict(k) }
        return .operation(index)
    }

    private mutating func draft(at index: Int) -> Draft {
        if let draft = draftBehindHeader(at: index) { return draft }
        guard let number = number(at: index) else {
            let action = Action(operations[index], in: dialect)
            let next = action.kind == .drop || action.kind == .returnA ? .verdict(0) : target(index + 1)
            guard case .branch(_, .x, let jt, let jf) = operations[index] else {
                return Draft(operation: index, action: action, next: next, otherwise: next)
            }
            return Draft(
                operation: index, action: action, next: target(index + 1 + Int(jt)),
                otherwise: target(index + 1 + Int(jf)))
        }
        let next = target(number.end)
        guard case .operation(let test) = next,
            case .branch(let comparison, .k(let k), let jt, let jf) = operations[test]
        else {
            return Draft(
                operation: index, action: number.action(in: dialect), next: next, otherwise: next,
                holds: number.place == .fixed ? number : nil)
        }
        var draft = Draft(
            operation: index, action: number.action(comparison, in: dialect), next: target(test + 1 + Int(jt)),
            otherwise: target(test + 1 + Int(jf)))
        draft.action.k = k
        if number.place == .fixed { draft.holds = number }
        if comparison == .equal { gatherEquals(of: number, into: &draft) }
        return draft
    }

    /// The length of a header, and the test after it; nil where these are not there, or are not for one step.
    private mutating func draftBehindHeader(at index: Int) -> Draft? {
        guard case .loadHeaderLength(let header) = operations[index], let header = UInt8(exactly: header),
            let number = number(at: index + 1), number.place == .indexed, number.offset < 0x7fff_0000
        else { return nil }
        let gathersLeft = gathersLeft
        var draft = draft(at: index + 1)
        guard draft.action.kind == .equalIndexed || draft.action.kind == .amongIndexed else {
            self.gathersLeft = gathersLeft
            return nil
        }
        draft.operation = index
        draft.header = header
        return draft
    }

    /// Follows the way where the number is not equal, as long as it only comes to more comparisons of the same number.
    private mutating func gatherEquals(of number: Number, into draft: inout Draft) {
        var table = [(key: draft.action.k, target: draft.next)]
        var otherwise = draft.otherwise
        while gathersLeft > 0, let (k, jt, jf) = equality(of: number, at: otherwise) {
            if !table.contains(where: { $0.key == k }) { table.append((k, jt)) }  // the first one decides
            otherwise = jf
            gathersLeft -= 1
        }
        guard table.count >= Decoder.leastTable else { return }
        draft.action.kind = number.amongKind
        draft.table = table
        draft.isSeldomFound = true
        draft.otherwise = otherwise
    }

    private func equality(of number: Number, at target: Target) -> (k: UInt32, jt: Target, jf: Target)? {
        guard case .operation(var index) = target else { return nil }
        if let again = self.number(at: index), again.isSame(as: number),
            case .operation(let end) = self.target(again.end)
        {
            index = end
        }
        guard case .branch(.equal, .k(let k), let jt, let jf) = operations[index] else { return nil }
        return (k, self.target(index + 1 + Int(jt)), self.target(index + 1 + Int(jf)))
    }

    /// The number that the operations from `index` on load into A, or have in A when there is only a comparison.
    private func number(at index: Int) -> Number? {
        if case .branch(_, .k, _, _) = operations[index] {
            guard case .number(var number) = held[index] else { return Number(place: .accumulator, end: index) }
            number.end = index
            return number
        }
        guard var number = Number(operations[index]) else { return nil }
        number.end = index + 1
        // The operation after a load exists: the last one of a program is a return.
        if case .arithmetic(.and, .k(let mask)) = operations[number.end] {
            number.mask &= mask
            number.end += 1
        }
        return number
    }
}

extension Decoder {
    /// A number that a test is about: where it is, and what is left of it.
    struct Number {
        enum Place { case accumulator, fixed, indexed }

        let place: Place
        var size = Size.word
        /// As the program wrote it.
        var offset: UInt32 = 0
        var mask = UInt32.max
        /// The operation after those that load it.
        var end = 0

        init(place: Place, end: Int = 0) { (self.place, self.end) = (place, end) }

        /// What an operation loads; nil if it is no load, or none that can be one step with a test.
        init?(_ operation: Operation) {
            switch operation {
            case .loadPacket(let size, let k) where k < 0x8000_0000 && k + size.bytes >= 4:
                (place, self.size, offset) = (.fixed, size, k)
            case .loadPacketIndexed(let size, let k) where UInt64(k) + UInt64(size.bytes) >= 4:
                (place, self.size, offset) = (.indexed, size, k)
            default: return nil
            }
            mask = .max >> (32 - 8 * size.bytes)
        }

        func isSame(as other: Number) -> Bool {
            (place, size, offset, mask) == (other.place, other.size, other.offset, other.mask) && place != .accumulator
        }

        /// The step that compares the number, or only loads it.
        func action(_ comparison: Comparison? = nil, in dialect: Dialect) -> Action {
            action(kind(for: comparison), dialect)
        }

        /// The step that looks the number up in a table.
        func lookUp(in dialect: Dialect) -> Action { action(amongKind, dialect) }

        private func action(_ kind: Action.Kind, _ dialect: Dialect) -> Action {
            var action = Action(kind, size: size)
            action.wraps = dialect == .linux
            action.offset = offset &+ size.bytes &- 4
            action.mask = mask
            return action
        }

        var amongKind: Action.Kind {
            switch place {
            case .accumulator: .among
            case .fixed: .amongFixed
            case .indexed: .amongIndexed
            }
        }

        private func kind(for comparison: Comparison?) -> Action.Kind {
            switch (place, comparison) {
            case (.accumulator, .equal): .equal
            case (.accumulator, .greater): .greater
            case (.accumulator, .greaterOrEqual): .greaterOrEqual
            case (.accumulator, _): .anyBit
            case (.fixed, .equal): .equalFixed
            case (.fixed, .greater): .greaterFixed
            case (.fixed, .greaterOrEqual): .greaterOrEqualFixed
            case (.fixed, .anyBit): .anyBitFixed
            case (.fixed, nil): .loadFixed
            case (.indexed, .equal): .equalIndexed
            case (.indexed, .greater): .greaterIndexed
            case (.indexed, .greaterOrEqual): .greaterOrEqualIndexed
            case (.indexed, .anyBit): .anyBitIndexed
            case (.indexed, nil): .loadIndexed
            }
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
}
