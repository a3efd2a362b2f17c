/// Translates a verified program into the steps of an `Interpreter`.
///
/// Each reachable operation becomes one step, which may absorb the operations after it:
///
/// * a load, an `and` and a comparison become one test, including a preceding `ldx 4*([k]&0xf)`;
/// * a chain of comparisons of one number with constants becomes one table lookup;
/// * `ja` disappears, because a step may lead anywhere.
///
/// A comparison of a number that A holds since a load from a fixed offset becomes a test that repeats the load. It
/// needs no register, so the interpreter's fastest loop can execute it.
///
/// An absorbed operation becomes a step of its own only if a jump leads to it. All jumps lead forward, so a single
/// pass in program order knows whether an operation is needed before it reaches it.
struct Decoder {
    private let operations: [Operation]
    private let dialect: Dialect
    private let lists: [ListUse]
    /// How control reaches each operation.
    private var ways: [Ways]
    /// How many more comparisons may be gathered into tables. Without a limit, many chains with a common tail would
    /// each gather the whole tail.
    private var gathersLeft: Int

    /// The paths to an operation: none, only paths with the same number from a fixed offset in A, or any others.
    private enum Ways { case none, holding(Number), some }

    init(_ program: VerifiedProgram) {
        operations = program.operations
        (dialect, lists) = (program.dialect, program.program.lists)
        ways = [Ways](repeating: .none, count: operations.count)
        gathersLeft = 8 * operations.count
    }

    /// The number of comparisons from which a table pays off; fewer are faster in sequence.
    private static let leastTable = 4

    /// The steps of the whole program, in program order.
    mutating func decode() -> Code {
        let start = target(0)
        lead(to: start, holding: nil)
        var unplacedSteps: [UnplacedStep] = []
        for index in operations.indices {
            if case .none = ways[index] { continue }
            let loaded = number(at: index).flatMap { $0.place == .fixed ? $0 : nil }
            let unplaced = unplaced(at: index)
            for target in unplaced.targets { lead(to: target, holding: loaded) }
            unplacedSteps.append(unplaced)
        }
        return Code(unplacedSteps, start: start)
    }

    /// Records that a step leads to a target, and which number A then holds.
    private mutating func lead(to target: UnplacedStep.Target, holding number: Number?) {
        guard case .step(let index) = target else { return }
        switch (ways[index], number) {
        case (.none, let number?): ways[index] = .holding(number)
        case (.holding(let before), let number?) where before.isSame(as: number): break
        default: ways[index] = .some
        }
    }

    /// The effective destination at an operation: jumps are followed, and a constant return is a verdict.
    private func target(_ index: Int) -> UnplacedStep.Target {
        var index = index
        while case .jump(let distance) = operations[index] { index += 1 + Int(distance) }
        if case .returnConstant(let k) = operations[index] { return .verdict(k) }
        return .step(index)
    }

    private mutating func unplaced(at index: Int) -> UnplacedStep {
        if let unplaced = unplacedBehindHeader(at: index) { return unplaced }
        guard let number = number(at: index) else {
            let action = Action(operations[index], in: dialect)
            if case .branch(_, .x, let jt, let jf) = operations[index] {
                return UnplacedStep(
                    index, action, next: target(index + 1 + Int(jt)), otherwise: target(index + 1 + Int(jf)))
            }
            let isLast = action.kind == .drop || action.kind == .returnA
            var unplaced = UnplacedStep(index, action, next: isLast ? .verdict(0) : target(index + 1))
            if case .lookUp(_, let list, _, _) = operations[index] { unplaced.list = lists[Int(list)].table }
            return unplaced
        }
        let next = target(number.end)
        guard case .step(let test) = next, case .branch(let comparison, .k(let k), let jt, let jf) = operations[test]
        else {
            return UnplacedStep(index, number.load(in: dialect), next: next)
        }
        var unplaced = UnplacedStep(
            index, number.test(comparison, k, in: dialect), next: target(test + 1 + Int(jt)),
            otherwise: target(test + 1 + Int(jf)))
        if comparison == .equal { gatherEquals(of: number, into: &unplaced) }
        return unplaced
    }

    /// A header length load fused with the test after it; nil if these operations do not follow, or do not fit one
    /// step.
    private mutating func unplacedBehindHeader(at index: Int) -> UnplacedStep? {
        guard case .loadHeaderLength(let header) = operations[index], let header = UInt8(exactly: header),
            let number = number(at: index + 1), number.canBeBehindHeader
        else { return nil }
        let gathersLeft = gathersLeft
        var unplaced = unplaced(at: index + 1)
        guard unplaced.action.kind == .equalIndexed || unplaced.action.kind == .amongIndexed else {
            self.gathersLeft = gathersLeft
            return nil
        }
        unplaced.label = index
        unplaced.header = header
        return unplaced
    }

    /// Follows the not-equal branch as long as it leads to further comparisons of the same number.
    private mutating func gatherEquals(of number: Number, into unplaced: inout UnplacedStep) {
        var table = [(key: unplaced.action.k, target: unplaced.next)]
        var keys: Set = [unplaced.action.k]
        var otherwise = unplaced.otherwise
        while gathersLeft > 0, let (k, jt, jf) = equality(of: number, at: otherwise) {
            if keys.insert(k).inserted { table.append((k, jt)) }  // the first comparison decides
            otherwise = jf
            gathersLeft -= 1
        }
        guard table.count >= Decoder.leastTable else { return }
        unplaced.action = number.look(in: dialect)
        unplaced.table = table
        unplaced.isSeldomFound = true
        unplaced.otherwise = otherwise
    }

    private func equality(of number: Number, at target: UnplacedStep.Target) -> (
        k: UInt32, jt: UnplacedStep.Target, jf: UnplacedStep.Target
    )? {
        guard case .step(var index) = target else { return nil }
        if let again = self.number(at: index), again.isSame(as: number), case .step(let end) = self.target(again.end) {
            index = end
        }
        guard case .branch(.equal, .k(let k), let jt, let jf) = operations[index] else { return nil }
        return (k, self.target(index + 1 + Int(jt)), self.target(index + 1 + Int(jf)))
    }

    /// The number that the operations from `index` on load into A, or that A holds already if there is only a
    /// comparison.
    private func number(at index: Int) -> Number? {
        if case .branch(_, .k, _, _) = operations[index] {
            guard case .holding(var number) = ways[index] else { return Number(place: .accumulator, end: index) }
            number.end = index
            return number
        }
        guard var number = Number(operations[index], end: index + 1) else { return nil }
        // An operation follows every load, because a program ends with a return.
        if case .arithmetic(.and, .k(let mask)) = operations[number.end] {
            number.mask &= mask
            number.end += 1
        }
        return number
    }
}
