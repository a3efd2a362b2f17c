/// A comparison of two values. The right-hand value is a constant except in comparisons with X.
struct Test: Hashable, Sendable {
    let left: ValueID
    let comparison: Comparison
    let right: ValueID
}

/// What is known about the packet at one point of a program, derived from the tests and loads on the path to it.
///
/// Facts are learned on the way down a tree (of dominators or decisions) and retracted on the way up: take a `mark`
/// where the tree forks, and `forget` back to it.
struct Facts {
    private var outcomes: [Test: Bool] = [:]
    private var ranges: [ValueID: ClosedRange<UInt32>] = [:]
    /// The loads that have been executed and therefore succeeded.
    private var loaded: Set<ValueID> = []
    private var log: [Step] = []

    private enum Step {
        case outcome(Test)
        case range(ValueID, before: ClosedRange<UInt32>?)
        case loaded(ValueID)
    }

    struct Mark {
        fileprivate let position: Int
    }

    var mark: Mark { Mark(position: log.count) }

    mutating func forget(to mark: Mark) {
        while log.count > mark.position, let step = log.popLast() {
            switch step {
            case .outcome(let test): outcomes[test] = nil
            case .range(let value, let before): ranges[value] = before
            case .loaded(let value): loaded.remove(value)
            }
        }
    }

    // MARK: Learning

    mutating func learn(_ test: Test, _ outcome: Bool, _ values: Values) {
        // A fact that contradicts an earlier one means that no packet reaches this point, so any facts are sound.
        guard self.outcome(test, values) == nil else { return }
        outcomes[test] = outcome
        log.append(.outcome(test))
        guard let k = values.constant(test.right) else { return }
        switch (test.comparison, outcome) {
        case (.equal, true): narrow(test.left, k, k, values)
        case (.equal, false):
            let range = range(of: test.left, values)
            if range.lowerBound == k && k < .max { narrow(test.left, k + 1, .max, values) }
            if range.upperBound == k && k > 0 { narrow(test.left, 0, k - 1, values) }
        case (.greater, true): narrow(test.left, k == .max ? k : k + 1, .max, values)
        case (.greater, false): narrow(test.left, 0, k, values)
        case (.greaterOrEqual, true): narrow(test.left, k, .max, values)
        case (.greaterOrEqual, false): narrow(test.left, 0, k == 0 ? 0 : k - 1, values)
        case (.anyBit, true): narrow(test.left, 1, .max, values)
        case (.anyBit, false): break
        }
    }

    mutating func learn(_ value: ValueID, isAtLeast least: UInt32, _ values: Values) {
        narrow(value, least, .max, values)
    }

    mutating func learnLoaded(_ value: ValueID) {
        if loaded.insert(value).inserted { log.append(.loaded(value)) }
    }

    private mutating func narrow(_ value: ValueID, _ lower: UInt32, _ upper: UInt32, _ values: Values) {
        let before = range(of: value, values)
        let lower = max(lower, before.lowerBound)
        let upper = min(upper, before.upperBound)
        guard lower <= upper, lower...upper != before else { return }
        log.append(.range(value, before: ranges[value]))
        ranges[value] = lower...upper
    }

    // MARK: Queries

    func range(of value: ValueID, _ values: Values) -> ClosedRange<UInt32> {
        ranges[value] ?? values.bounds(of: value)
    }

    func isLoaded(_ value: ValueID) -> Bool { loaded.contains(value) }

    /// The outcome that a test must have; nil if both are possible.
    func outcome(_ test: Test, _ values: Values) -> Bool? {
        if let known = outcomes[test] { return known }
        let left = range(of: test.left, values)
        let right = range(of: test.right, values)
        switch test.comparison {
        case .equal:
            if test.left == test.right { return true }
            if left.count == 1 && left == right { return true }
            return left.overlaps(right) ? nil : false
        case .greater:
            if test.left == test.right || left.upperBound <= right.lowerBound { return false }
            return left.lowerBound > right.upperBound ? true : nil
        case .greaterOrEqual:
            if test.left == test.right || left.lowerBound >= right.upperBound { return true }
            return left.upperBound < right.lowerBound ? false : nil
        case .anyBit:
            if left.count == 1 && right.count == 1 { return left.lowerBound & right.lowerBound != 0 }
            return left.upperBound == 0 || right.upperBound == 0 ? false : nil
        }
    }
}
