/// What a register or scratch word may hold, told by how it is computed: not which number, but which function of the packet.
///
/// Two computations of one value are the same number whenever both are done for one packet, whatever the path. That makes
/// "A holds the half word at 12" a thing that can be known, compared and carried along.
enum Value: Hashable, Sendable {
    case constant(UInt32)
    /// The length on the wire.
    case length
    /// How many bytes of the packet are there to be loaded.
    case captured
    case load(Size, at: UInt32)
    /// A load from X + k, told by the value of that sum.
    case loadIndexed(Size, at: ValueID)
    /// Whether a load from an offset that is only known at run time succeeds: 1 or 0.
    case present(Size, at: ValueID)
    case headerLength(UInt32)
    /// What looking an address up in a list says (`AddressTable.Answer`).
    case listed(Int, AddressFamily, at: ValueID)
    case `extension`(Extension)
    case arithmetic(Arithmetic, ValueID, ValueID)
    case negate(ValueID)
    /// Something that equals nothing but itself: a random number, or what different ways into a block leave in a register.
    case unique(Int)
}

/// The number of a value in `Values`: equal numbers, equal values.
struct ValueID: Hashable, Sendable {
    let index: Int
}

/// The values met so far, each numbered once.
struct Values {
    let dialect: Dialect
    /// Whether all of each packet is there to be loaded, as it is for the kernel: `captured` and `length` are then one value.
    let packetsAreWhole: Bool
    /// The lists of `listed` values, where programs of several share the values. Otherwise they are the program's own.
    private(set) var lists: [ListUse] = []
    private var values: [Value] = []
    private var numbers: [Value: ValueID] = [:]
    /// Bounds that hold for any packet: a byte is at most 255.
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

    /// The number of a list.
    mutating func number(of list: ListUse) -> Int {
        if let known = lists.firstIndex(of: list) { return known }
        lists.append(list)
        return lists.count - 1
    }

    func isListed(_ id: ValueID) -> Bool { if case .listed = values[id.index] { true } else { false } }

    mutating func captured() -> ValueID { number(of: packetsAreWhole ? .length : .captured) }

    mutating func unique() -> ValueID { number(of: .unique(values.count)) }

    /// One operation of arithmetic. What is known already is computed here: two constants, and the operations that leave A
    /// as it is. A division by zero has no value and stays as it stands: nothing comes after it.
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

    /// A load from X + k. Where X is known, and the sum an ordinary offset, it is the load from there.
    mutating func indexedLoad(_ size: Size, _ x: ValueID, _ k: UInt32) -> ValueID {
        if let offset = constant(x).flatMap({ fixedOffset($0, k) }) { return number(of: .load(size, at: offset)) }
        // In the dialect of libpcap a sum that wraps around drops the packet; it never becomes a value.
        let k = constant(k)
        return number(of: .loadIndexed(size, at: arithmetic(.add, x, k)))
    }

    /// x + k, if it is an offset that means the same written either way.
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

    /// Bounds of a result; all numbers where the result may wrap around, or where finding them is not worth the lines.
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
    /// Whether the operation with this constant leaves every number as it is.
    fileprivate func isNeutral(_ k: UInt32) -> Bool {
        switch self {
        case .add, .subtract, .or, .xor, .shiftLeft, .shiftRight: k == 0
        case .multiply, .divide: k == 1
        case .and: k == .max
        case .modulo: false
        }
    }
}
