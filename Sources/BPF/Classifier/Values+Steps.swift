// How a classifier's steps compute values.
extension Values {
    /// A value as the sum of another value and a constant.
    func sum(_ value: ValueID) -> (base: ValueID, constant: UInt32) {
        if case .arithmetic(.add, let base, let right) = self[value], let k = constant(right) { return (base, k) }
        return (value, 0)
    }

    /// A value as a number that one step can load, and the value that X must hold for it.
    func number(_ value: ValueID) -> (number: Number, base: ValueID?)? {
        switch self[value] {
        case .load(let size, let k): return Number(.loadPacket(size, k)).map { ($0, nil) }
        case .loadIndexed(let size, let offset):
            let (base, k) = sum(offset)
            return Number(.loadPacketIndexed(size, k)).map { ($0, base) }
        case .arithmetic(.and, let loaded, let right):
            guard let mask = constant(right), var result = number(loaded) else { return nil }
            result.number.mask &= mask
            return result
        default: return nil
        }
    }

    // MARK: Values that must be in scratch words

    /// Before the value is loaded into A.
    func words(for value: ValueID) -> [ValueID] {
        if let (_, base) = number(value) { return base.map(wordsForX) ?? [] }
        return switch self[value] {
        case .loadIndexed(_, let offset): wordsForX(sum(offset).base)
        case .listed(_, _, let place): constant(place) == nil ? wordsForX(sum(place).base) : []
        case .arithmetic, .negate: [value]
        default: []
        }
    }

    /// Before the value is loaded into X.
    private func wordsForX(_ value: ValueID) -> [ValueID] {
        switch self[value] {
        case .constant, .headerLength: []
        default: [value]
        }
    }

    /// Before the value is computed into its own scratch word.
    func words(of value: ValueID) -> [ValueID] {
        switch self[value] {
        case .arithmetic(_, let a, let b) where number(value) == nil:
            words(for: a) + (constant(b) == nil ? wordsForX(b) : [])
        case .negate(let a): words(for: a)
        default: words(for: value)
        }
    }

    /// Before the value is tested.
    private func words(toTest value: ValueID) -> [ValueID] {
        switch self[value] {
        case .captured: []
        case .present(_, let offset): wordsForX(sum(offset).base)
        default: words(for: value)
        }
    }

    func words(for unit: Plan.Unit) -> [ValueID] {
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
