/// The value of a register or scratch word, identified by how it is computed: a function of the packet, not a number.
///
/// Two equal values are the same number whenever both are computed for one packet, on any path. So a fact like "A
/// holds the half word at 12" can be stored, compared and propagated (value numbering).
enum Value: Hashable, Sendable {
    case constant(UInt32)
    /// The length on the wire.
    case length
    /// The number of captured bytes.
    case captured
    case load(Size, at: UInt32)
    /// A load from X + k, identified by the value of that sum.
    case loadIndexed(Size, at: ValueID)
    /// Whether a load from an offset known only at run time succeeds: 1 or 0.
    case present(Size, at: ValueID)
    case headerLength(UInt32)
    /// The result of looking up an address in a list (`AddressTable.Answer`).
    case listed(Int, AddressFamily, at: ValueID)
    case `extension`(Extension)
    case arithmetic(Arithmetic, ValueID, ValueID)
    case negate(ValueID)
    /// A value equal only to itself: a random number, or what different paths into a block leave in a register.
    case unique(Int)
}

/// The value number of a value in `Values`. Equal numbers mean equal values.
struct ValueID: Hashable, Sendable {
    let index: Int
}

/// The values of a program, each numbered once.
struct Values {
    let dialect: Dialect
    /// Whether packets are complete, as they are in the kernel. Then `captured` and `length` are one value.
    let packetsAreWhole: Bool
    /// The lists of `listed` values if several programs share the values; otherwise, the lists are those of the
    /// program.
    private(set) var lists: [ListUse] = []
    private var values: [Value] = []
    private var numbers: [Value: ValueID] = [:]
    /// Bounds that hold for any packet; a byte, for example, is at most 255.
    private var bounds: [ClosedRange<UInt32>] = []

    init(dialect: Dialect, packetsAreWhole: Bool = false) {
        self.dialect = dialect
        self.packetsAreWhole = packetsAreWhole
    }

    subscript(id: ValueID) -> Value { values[id.index] }

    func bounds(of id: ValueID) -> ClosedRange<UInt32> { bounds[id.index] }

    func constant(_ id: ValueID) -> UInt32? {
        if case .constant(let k) = values[id.index] { k } else { nil }
    }

    mutating func number(of value: Value) -> ValueID {
        if let known = numbers[value] { return known }
        let id = ValueID(index: values.count)
        bounds.append(computeBounds(value))
        values.append(value)
        numbers[value] = id
        return id
    }

    mutating func constant(_ k: UInt32) -> ValueID { number(of: .constant(k)) }

    /// The number of a list, which is added if new.
    mutating func number(of list: ListUse) -> Int {
        if let known = lists.firstIndex(of: list) { return known }
        lists.append(list)
        return lists.count - 1
    }

    func isListed(_ id: ValueID) -> Bool { if case .listed = values[id.index] { true } else { false } }

    mutating func captured() -> ValueID { number(of: packetsAreWhole ? .length : .captured) }

    mutating func unique() -> ValueID { number(of: .unique(values.count)) }

    /// The value of an arithmetic operation, with constant folding and neutral operations removed. A division by zero
    /// has no value and is kept: nothing is executed after it.
    mutating func arithmetic(_ name: Arithmetic, _ a: ValueID, _ b: ValueID) -> ValueID {
        if let k = constant(b) {
            if let constant = constant(a), let result = name.apply(constant, k, in: dialect) {
                return self.constant(result)
            }
            if name.isNeutral(k) { return a }
        }
        return number(of: .arithmetic(name, a, b))
    }

    mutating func negate(_ a: ValueID) -> ValueID {
        constant(a).map { constant(0 &- $0) } ?? number(of: .negate(a))
    }

    /// A load from X + k. If X is a known constant and the sum an ordinary offset, it equals the absolute load.
    mutating func indexedLoad(_ size: Size, _ x: ValueID, _ k: UInt32) -> ValueID {
        if let offset = constant(x).flatMap({ fixedOffset($0, k) }) { return number(of: .load(size, at: offset)) }
        // In the dialect of libpcap, a sum that wraps around drops the packet and never becomes a value.
        let k = constant(k)
        return number(of: .loadIndexed(size, at: arithmetic(.add, x, k)))
    }

    /// The sum x + k, if an absolute load from it has the same meaning; nil otherwise.
    func fixedOffset(_ x: UInt32, _ k: UInt32) -> UInt32? {
        let (sum, wraps) = x.addingReportingOverflow(k)
        return wraps || sum >= 0x8000_0000 ? nil : sum
    }

    private func computeBounds(_ value: Value) -> ClosedRange<UInt32> {
        switch value {
        case .constant(let k): return k...k
        case .load(.byte, _), .loadIndexed(.byte, _): return 0...0xff
        case .load(.half, _), .loadIndexed(.half, _): return 0...0xffff
        case .headerLength: return 0...60
        case .extension(.vlanPresent), .present: return 0...1
        case .listed: return AddressTable.Answer.cut...AddressTable.Answer.inside
        case .arithmetic(let name, let a, let b): return bounds(name, bounds[a.index], bounds[b.index])
        default: return 0...(.max)
        }
    }

    /// The bounds of a result; all numbers if it may wrap around, or if exact bounds are not worth the code.
    private func bounds(
        _ name: Arithmetic, _ a: ClosedRange<UInt32>, _ b: ClosedRange<UInt32>
    ) -> ClosedRange<UInt32> {
        let all: ClosedRange<UInt32> = 0...(.max)
        switch name {
        case .and:
            return 0...min(a.upperBound, b.upperBound)
        case .add:
            let (upper, wraps) = a.upperBound.addingReportingOverflow(b.upperBound)
            return wraps ? all : a.lowerBound + b.lowerBound...upper
        case .multiply, .shiftLeft:
            if name == .shiftLeft && (b.count != 1 || b.upperBound > 31) { return all }
            let factor = name == .shiftLeft ? 1 << b.upperBound : b.upperBound
            let (upper, wraps) = a.upperBound.multipliedReportingOverflow(by: factor)
            return wraps ? all : 0...upper
        case .shiftRight, .divide:
            return 0...a.upperBound
        case .modulo:
            return 0...min(a.upperBound, max(b.upperBound, 1) - 1)
        case .subtract, .or, .xor:
            return all
        }
    }
}

extension Arithmetic {
    /// Whether the operation with this constant is the identity.
    fileprivate func isNeutral(_ k: UInt32) -> Bool {
        switch self {
        case .add, .subtract, .or, .xor, .shiftLeft, .shiftRight: k == 0
        case .multiply, .divide: k == 1
        case .and: k == .max
        case .modulo: false
        }
    }
}
