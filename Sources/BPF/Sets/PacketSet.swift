/// A set of packets, described by the bits that are known of each: bytes from the start, lengths, metadata.
///
/// An index of flows knows addresses, protocol and ports of packets whose bytes are on disk. It describes a flow as a
/// packet set and asks which programs can accept a member (``VerifiedProgram/verdict(on:)``), so that a packet filter
/// is a query without a second query language.
public struct PacketSet: Equatable, Sendable {
    /// The known bits of the first bytes; 0 where a bit is unknown.
    private(set) var values: [UInt8] = []
    /// 1 where a bit of these bytes is unknown.
    private(set) var unknowns: [UInt8] = []
    /// Captured bytes of the packets.
    public var captured: ClosedRange<UInt32>
    /// Bytes of the packets on the wire.
    public var wireLength: PartialNumber
    /// What is known beyond the bytes. Without an entry, nothing is.
    public var metadata: [Extension: PartialNumber] = [:]
    /// Whether the interface may be unknown to the kernel, which ends a program at a load of its index.
    public var mayLackInterface = true
    /// The offset of the network header, if it is the same for all packets.
    public var networkOffset: UInt32?

    /// All packets with lengths in these ranges.
    public init(captured: ClosedRange<UInt32> = 0 ... .max, wireLength: PartialNumber = .any) {
        (self.captured, self.wireLength) = (captured, wireLength)
    }

    /// The set that has a single packet.
    public init(of packet: RawSpan, wireLength: UInt32, metadata: PacketMetadata) {
        self.init(
            captured: UInt32(packet.byteCount)...UInt32(packet.byteCount), wireLength: PartialNumber(wireLength))
        for offset in 0..<packet.byteCount {
            know(unsafe packet.unsafeLoad(fromByteOffset: offset, as: UInt8.self), at: offset)
        }
        networkOffset = metadata.networkOffset
        know(metadata)
    }

    /// Notes that all packets have `byte` at `offset`, in the bits that are set in `mask`.
    public mutating func know(_ byte: UInt8, mask: UInt8 = 0xff, at offset: Int) {
        while values.count <= offset {
            values.append(0)
            unknowns.append(0xff)
        }
        values[offset] = values[offset] & ~mask | byte & mask
        unknowns[offset] &= ~mask
    }

    /// Notes that all packets have `bytes` from `offset` on.
    public mutating func know(_ bytes: [UInt8], at offset: Int) {
        for (index, byte) in bytes.enumerated() { know(byte, at: offset + index) }
    }

    /// Forgets bits of the byte at `offset`: those that are set in `mask`.
    public mutating func forget(mask: UInt8 = 0xff, at offset: Int) {
        guard offset < values.count else { return }
        values[offset] &= ~mask
        unknowns[offset] |= mask
    }

    private mutating func know(_ metadata: PacketMetadata) {
        mayLackInterface = metadata.interfaceIndex == 0
        let empty: [UInt8] = []
        for name in Extension.allCases where !name.isComputed {
            let value = unsafe metadata.value(of: name, a: 0, x: 0, packet: empty.span.bytes)
            self.metadata[name] = value.map { PartialNumber($0) }
        }
    }

    /// The numbers of `size` that the packets have at `offset`; nil if none of them is that long.
    func number(_ size: Size, at offset: UInt64) -> PartialNumber? {
        guard offset + UInt64(size.bytes) <= UInt64(captured.upperBound) else { return nil }
        var (value, unknown): (UInt32, UInt32) = (0, 0)
        for index in offset..<offset + UInt64(size.bytes) {
            let isHere = index < UInt64(values.count)
            value = value << 8 | UInt32(isHere ? values[Int(index)] : 0)
            unknown = unknown << 8 | UInt32(isHere ? unknowns[Int(index)] : 0xff)
        }
        return PartialNumber(value, unknown: unknown)
    }

    /// The bytes from `offset` on, if all of them are known and every packet has them.
    func exactBytes(_ count: Int, at offset: UInt64) -> [UInt8]? {
        let end = offset + UInt64(count)
        guard end <= UInt64(captured.lowerBound), end <= UInt64(values.count) else { return nil }
        let range = Int(offset)..<Int(end)
        return unknowns[range].allSatisfy { $0 == 0 } ? Array(values[range]) : nil
    }
}

extension Extension {
    /// Whether its value depends on registers, on all bytes of the packet, or on chance.
    var isComputed: Bool {
        switch self {
        case .nla, .nlan, .xorX, .random: true
        default: false
        }
    }

    /// The numbers that it can give when nothing is known.
    var range: PartialNumber {
        switch self {
        case .proto, .queue, .hatype, .vlanTCI, .vlanTPID: PartialNumber(0, unknown: 0xffff)
        case .type: PartialNumber(0, unknown: 0xff)
        case .vlanPresent: PartialNumber(0, unknown: 1)
        default: .any
        }
    }
}
