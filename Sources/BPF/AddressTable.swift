/// The address family of a list entry.
public enum AddressFamily: UInt8, Equatable, Hashable, Sendable {
    case ipv4, ipv6

    /// The length of an address, in bytes.
    public var bytes: UInt32 { self == .ipv4 ? 4 : 16 }
}

/// The addresses of one family in a host list, stored as disjoint ranges for binary search.
///
/// The ranges neither overlap nor touch. They are stored as a sorted array of bounds: the first address of a range,
/// then the first address after it, and so on. An address is inside a range if an odd number of bounds is less than
/// or equal to it.
///
/// The bounds lie in one contiguous allocation, so a search performs no reference counting. 10,000 IPv4 ranges take
/// 80 KB. The memory is immutable after initialization, which makes the class safe to share between threads.
@safe public final class AddressTable: Hashable, @unchecked Sendable {
    /// The family of all addresses in the table.
    public let family: AddressFamily
    /// The number of addresses and networks in the source. It exceeds `rangeCount` if entries overlap or touch.
    public let entryCount: Int
    /// The number of bounds, followed by the bounds themselves at `boundsOffset`.
    let memory: UnsafeRawPointer
    private let digest: Int

    static let boundsOffset = 16

    /// Creates a table of IPv4 addresses from ranges in any order. Without ranges, the table is empty.
    public convenience init(ipv4 ranges: [ClosedRange<UInt32>]) {
        self.init(.ipv4, AddressTable.bounds(of: ranges), entryCount: ranges.count)
    }

    /// Creates a table of IPv6 addresses from ranges in any order. Without ranges, the table is empty.
    public convenience init(ipv6 ranges: [ClosedRange<UInt128>]) {
        self.init(.ipv6, AddressTable.bounds(of: ranges), entryCount: ranges.count)
    }

    private init<Address: FixedWidthInteger & BitwiseCopyable>(
        _ family: AddressFamily, _ bounds: [Address], entryCount: Int
    ) {
        (self.family, self.entryCount) = (family, entryCount)
        let size = AddressTable.boundsOffset + bounds.count * MemoryLayout<Address>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        unsafe memory.storeBytes(of: bounds.count, as: Int.self)
        for (index, bound) in bounds.enumerated() {
            unsafe memory.storeBytes(
                of: bound, toByteOffset: AddressTable.boundsOffset + index * MemoryLayout<Address>.stride,
                as: Address.self)
        }
        var hasher = Hasher()
        for bound in bounds { hasher.combine(bound) }
        digest = hasher.finalize()
        unsafe self.memory = UnsafeRawPointer(memory)
    }

    deinit { unsafe memory.deallocate() }

    /// The bounds of the ranges, merged where they overlap or touch.
    private static func bounds<Address: FixedWidthInteger>(of ranges: [ClosedRange<Address>]) -> [Address] {
        var bounds: [Address] = []
        /// The last address of the current range; nil before the first range.
        var end: Address?
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = end {
                if last == .max { break }
                if range.lowerBound <= last + 1 {
                    end = max(last, range.upperBound)
                    continue
                }
                bounds.append(last + 1)
            }
            bounds.append(range.lowerBound)
            end = range.upperBound
        }
        if let last = end, last < .max { bounds.append(last + 1) }
        return bounds
    }

    // MARK: Lookup

    /// The result of `lookUp`, which the machine loads into A: whether an address is in the list.
    enum Answer {
        static let outside: UInt32 = 1
        static let inside: UInt32 = 2
        /// The packet ends before the result is known. A program never sees this value: the packet is dropped.
        static let cut: UInt32 = 0
    }

    /// Looks up the address at `place`, a byte offset from the start of the packet.
    ///
    /// Returns one of `Answer`, or nil if the packet ends before the result is known.
    func look(_ packet: RawSpan, at place: Int) -> UInt32? {
        unsafe AddressTable.look(family, memory, packet, at: place)
    }

    /// Looks up the address at `place`, a byte offset; nil if the packet ends before the result is known.
    @inline(__always) static func look(
        _ family: AddressFamily, _ memory: UnsafeRawPointer, _ packet: RawSpan, at place: Int
    ) -> UInt32? {
        switch family {
        case .ipv4:
            guard place <= packet.byteCount &- 4 else { return nil }
            let address = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt32.self)
            return unsafe contains(UInt32(bigEndian: address), memory) ? Answer.inside : Answer.outside
        case .ipv6:
            guard place <= packet.byteCount &- 16 else { return unsafe lookAtCut(memory, packet, at: place) }
            let address = unsafe packet.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt128.self)
            return unsafe contains(UInt128(bigEndian: address), memory) ? Answer.inside : Answer.outside
        }
    }

    /// Looks up an IPv6 address whose last words are missing.
    ///
    /// Like libpcap's program, it reads one word at a time and only as many as it needs.
    @inline(never) private static func lookAtCut(
        _ memory: UnsafeRawPointer, _ packet: RawSpan, at place: Int
    ) -> UInt32? {
        var (lowest, rest): (UInt128, UInt128) = (0, .max)
        for index in 0..<4 {
            guard let word = packet.number(.word, at: place + 4 * index) else { break }
            lowest |= UInt128(word) << (96 - 32 * index)
            rest >>= 32
        }
        let (below, upTo) = unsafe (count(notAbove: lowest, memory), count(notAbove: lowest | rest, memory))
        guard rest < .max, below == upTo else { return nil }
        return below.isMultiple(of: 2) ? Answer.outside : Answer.inside
    }

    @inline(__always) private static func contains<Address: FixedWidthInteger & BitwiseCopyable>(
        _ address: Address, _ memory: UnsafeRawPointer
    ) -> Bool {
        unsafe count(notAbove: address, memory) & 1 == 1
    }

    /// The number of bounds less than or equal to an address.
    ///
    /// A branchless binary search: every search of a table takes the same number of steps, and none depends on branch
    /// prediction.
    @inline(__always) private static func count<Address: FixedWidthInteger & BitwiseCopyable>(
        notAbove address: Address, _ memory: UnsafeRawPointer
    ) -> Int {
        var rest = unsafe memory.load(as: Int.self)
        guard rest > 0 else { return 0 }
        let bounds = unsafe (memory + boundsOffset).assumingMemoryBound(to: Address.self)
        var first = 0
        while rest > 1 {
            let half = rest >> 1
            first &+= unsafe bounds[first &+ half] <= address ? half : 0
            rest &-= half
        }
        return first + (unsafe bounds[first] <= address ? 1 : 0)
    }

    // MARK: Contents

    /// The number of disjoint ranges.
    public var rangeCount: Int { (boundCount + 1) / 2 }

    private var boundCount: Int { unsafe memory.load(as: Int.self) }

    /// The bounds in ascending order: the first address of a range, then the first address after it, and so on.
    func bounds<Address: FixedWidthInteger & BitwiseCopyable>(as type: Address.Type) -> [Address] {
        (0..<boundCount).map { index in
            unsafe memory.load(
                fromByteOffset: AddressTable.boundsOffset + index * MemoryLayout<Address>.stride, as: Address.self)
        }
    }

    private var bytes: UnsafeRawBufferPointer {
        let size = family == .ipv4 ? MemoryLayout<UInt32>.stride : MemoryLayout<UInt128>.stride
        return unsafe UnsafeRawBufferPointer(
            start: memory + AddressTable.boundsOffset, count: boundCount * size)
    }

    /// Whether both tables contain the same addresses.
    public static func == (one: AddressTable, other: AddressTable) -> Bool {
        if one === other { return true }
        guard one.family == other.family, one.digest == other.digest else { return false }
        return unsafe one.bytes.elementsEqual(other.bytes)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
