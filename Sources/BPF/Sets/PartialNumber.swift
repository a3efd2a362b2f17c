/// A set of 32-bit numbers that is described by bits: each bit is known to be 0, known to be 1, or unknown.
///
/// The kernel's eBPF verifier calls it a tristate number and uses it for the same purpose (kernel/bpf/tnum.c, where the
/// operations are proved). Every operation is sound: its result contains the result for each pair of members. It may
/// contain others as well.
public struct PartialNumber: Equatable, Hashable, Sendable {
    /// The known bits; 0 where a bit is unknown.
    public let value: UInt32
    /// 1 where a bit is unknown.
    public let unknown: UInt32

    /// The numbers that have the bits of `value`, apart from those that are set in `unknown`.
    public init(_ value: UInt32, unknown: UInt32 = 0) { (self.value, self.unknown) = (value & ~unknown, unknown) }

    /// The smallest set of this kind that contains a range.
    public init(_ range: ClosedRange<UInt32>) {
        let differing = range.lowerBound ^ range.upperBound
        let unknown = differing == 0 ? 0 : UInt32.max >> UInt32(differing.leadingZeroBitCount)
        self.init(range.lowerBound, unknown: unknown)
    }

    /// All numbers.
    public static let any = PartialNumber(0, unknown: .max)

    /// The number, if the set has only one.
    public var exact: UInt32? { unknown == 0 ? value : nil }
    /// The least number of the set.
    public var least: UInt32 { value }
    /// The greatest number of the set.
    public var greatest: UInt32 { value | unknown }

    /// Whether a number is in the set.
    public func contains(_ number: UInt32) -> Bool { number & ~unknown == value }

    /// The smallest set of this kind that contains two sets.
    public func union(_ other: PartialNumber) -> PartialNumber {
        PartialNumber(value, unknown: unknown | other.unknown | (value ^ other.value))
    }

    /// The numbers that two sets have in common; nil if there is none.
    public func intersection(_ other: PartialNumber) -> PartialNumber? {
        guard (value ^ other.value) & ~unknown & ~other.unknown == 0 else { return nil }
        return PartialNumber(value | other.value, unknown: unknown & other.unknown)
    }

    /// The members, if there are at most `limit`; nil otherwise.
    func members(atMost limit: Int) -> [UInt32]? {
        guard unknown.nonzeroBitCount < 16, 1 << unknown.nonzeroBitCount <= limit else { return nil }
        var (found, bits) = ([UInt32](), UInt32(0))
        // Each subset of the unknown bits, once: subtracting the mask counts in those bits alone.
        repeat {
            found.append(value | bits)
            bits = (bits &- unknown) & unknown
        } while bits != 0
        return found
    }
}

extension PartialNumber {
    /// The results of an operation; nil if it fails for every pair, as a division by 0 does.
    func apply(_ operation: Arithmetic, _ other: PartialNumber, in dialect: Dialect) -> PartialNumber? {
        if let a = exact, let b = other.exact { return operation.apply(a, b, in: dialect).map { PartialNumber($0) } }
        return switch operation {
        case .add: adding(other)
        case .subtract: subtracting(other)
        case .and:
            PartialNumber(
                value & other.value,
                unknown: (value | unknown) & (other.value | other.unknown) & (unknown | other.unknown))
        case .or: PartialNumber(value | other.value, unknown: (unknown | other.unknown) & ~(value | other.value))
        case .xor: PartialNumber(value ^ other.value, unknown: unknown | other.unknown)
        case .multiply: multiplied(by: other)
        case .divide: divided(by: other)
        case .modulo: remainder(by: other)
        case .shiftLeft, .shiftRight: shifted(by: other, left: operation == .shiftLeft, in: dialect)
        }
    }

    private func adding(_ other: PartialNumber) -> PartialNumber {
        let sum = value &+ other.value
        let carries = (unknown &+ other.unknown &+ sum) ^ sum
        return PartialNumber(sum, unknown: carries | unknown | other.unknown)
    }

    private func subtracting(_ other: PartialNumber) -> PartialNumber {
        let difference = value &- other.value
        let borrows = (difference &+ unknown) ^ (difference &- other.unknown)
        return PartialNumber(difference, unknown: borrows | unknown | other.unknown)
    }

    /// Long multiplication: the partial product of each bit of this number is added if the bit is or may be set.
    private func multiplied(by other: PartialNumber) -> PartialNumber {
        var (product, factor, rest) = (PartialNumber(value &* other.value), other, self)
        while rest.greatest != 0 {
            if rest.value & 1 != 0 {
                product = product.adding(PartialNumber(0, unknown: factor.unknown))
            } else if rest.unknown & 1 != 0 {
                product = product.adding(PartialNumber(0, unknown: factor.greatest))
            }
            rest = PartialNumber(rest.value >> 1, unknown: rest.unknown >> 1)
            factor = PartialNumber(factor.value << 1, unknown: factor.unknown << 1)
        }
        return product
    }

    private func divided(by other: PartialNumber) -> PartialNumber? {
        guard other.greatest != 0 else { return nil }
        if let divisor = other.exact, divisor.nonzeroBitCount == 1 {
            let shift = UInt32(divisor.trailingZeroBitCount)
            return PartialNumber(value >> shift, unknown: unknown >> shift)
        }
        return PartialNumber(least / other.greatest...greatest / max(1, other.least))
    }

    private func remainder(by other: PartialNumber) -> PartialNumber? {
        guard other.greatest != 0 else { return nil }
        if let divisor = other.exact, divisor.nonzeroBitCount == 1 {
            return PartialNumber(value & (divisor - 1), unknown: unknown & (divisor - 1))
        }
        return PartialNumber(0...min(greatest, other.greatest - 1))
    }

    private func shifted(by other: PartialNumber, left isLeft: Bool, in dialect: Dialect) -> PartialNumber {
        // From 32 on, Linux counts modulo 32, and libpcap shifts everything out.
        let counts: [UInt32] = other.members(atMost: 32) ?? Array(0...(dialect == .linux ? 31 : 32))
        let operation: Arithmetic = isLeft ? .shiftLeft : .shiftRight
        func shift(_ number: UInt32, _ count: UInt32) -> UInt32 { operation.apply(number, count, in: dialect) ?? 0 }
        var results = counts.map { PartialNumber(shift(value, $0), unknown: shift(unknown, $0)) }
        let first = results.removeFirst()
        return results.reduce(first) { $0.union($1) }
    }
}

extension PartialNumber {
    /// The members for which a comparison with `other` may hold, and those for which it may not; nil where there is
    /// none.
    func split(_ comparison: Comparison, _ other: PartialNumber) -> (then: PartialNumber?, otherwise: PartialNumber?) {
        switch comparison {
        case .equal:
            let common = intersection(other)
            return (common, exact != nil && exact == other.exact ? nil : self)
        case .greater:
            return (greatest > other.least ? self : nil, least <= other.greatest ? self : nil)
        case .greaterOrEqual:
            return (greatest >= other.least ? self : nil, least < other.greatest ? self : nil)
        case .anyBit:
            let may = greatest & other.greatest != 0
            guard value & other.value == 0 else { return (self, nil) }
            // Bits that `other` surely has are 0 where the comparison does not hold.
            let without = PartialNumber(value, unknown: unknown & ~other.value)
            guard may else { return (nil, self) }
            // A single bit that alone can make it hold is 1 where it does.
            let bit = greatest & other.greatest
            let isSingle = bit.nonzeroBitCount == 1 && other.exact != nil
            return (isSingle ? PartialNumber(value | bit, unknown: unknown & ~bit) : self, without)
        }
    }
}
