// What a classifier's steps do with values.
extension Values {
    /// A value as another one plus a constant.
    func sum(_ value: ValueID) -> (base: ValueID, constant: UInt32) {
        if case .arithmetic(.add, let base, let right) = self[value], let k = constant(right) { return (base, k) }
        return (value, 0)
    }

    /// A value as a number that one step loads, and what X has to be for it.
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

    // MARK: What has to be in words

    /// Before the value is put into A.
    func words(for value: ValueID) -> [ValueID] {
        if let (_, base) = number(value) { return base.map(wordsForX) ?? [] }
        return switch self[value] {
        case .loadIndexed(_, let offset): wordsForX(sum(offset).base)
        case .listed(_, _, let place): constant(place) == nil ? wordsForX(sum(place).base) : []
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
    func words(of value: ValueID) -> [ValueID] {
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
