/// An enhanced packet block of a file's only interface, divided into the parts around the packet's bytes.
///
///     head   type, length, interface, timestamp (upper half first), captured length, wire length
///            the packet, and zeros up to a multiple of 32 bits
///     loss   option: packets lost before this one; only if there are any
///     tail   option: flags; the end of the options; length again
///
/// The words are little-endian in memory, so a writer copies them unchanged and does not touch the packet. Source:
/// draft-ietf-opsawg-pcapng, section 4.3.
public struct EnhancedPacket: Sendable {
    /// The size of the whole block, in bytes.
    @inlinable public static func size(capturedLength: Int, isAfterLoss: Bool) -> Int {
        28 + (capturedLength + 3) & ~3 + (isAfterLoss ? 12 : 0) + 16
    }

    public let head: [7 of UInt32]
    public let tail: [4 of UInt32]
    /// The number of packets lost since the previous one.
    public let lost: UInt64

    /// Creates the block of a packet. `ticks` is its timestamp, see ``Precision/ticks(seconds:nanoseconds:)``.
    @inlinable public init(
        ticks: UInt64, capturedLength: UInt32, wireLength: UInt32, flags: PacketFlags, lost: UInt64 = 0
    ) {
        let length = UInt32(Self.size(capturedLength: Int(capturedLength), isAfterLoss: lost > 0)).littleEndian
        head = [
            UInt32(6).littleEndian, length, 0, UInt32(truncatingIfNeeded: ticks >> 32).littleEndian,
            UInt32(truncatingIfNeeded: ticks).littleEndian, capturedLength.littleEndian, wireLength.littleEndian,
        ]
        // epb_flags: code 2, 4 bytes.
        tail = [UInt32(2 | 4 << 16).littleEndian, flags.rawValue.littleEndian, 0, length]
        self.lost = lost
    }

    /// The option to write if ``lost`` is not 0 (epb_dropcount: code 4, 8 bytes).
    @inlinable public var loss: [3 of UInt32] {
        [
            UInt32(4 | 8 << 16).littleEndian, UInt32(truncatingIfNeeded: lost).littleEndian,
            UInt32(truncatingIfNeeded: lost >> 32).littleEndian,
        ]
    }

    /// The whole block as an array. It allocates; a fast writer copies the parts instead.
    public func bytes(around packet: some Collection<UInt8>) -> [UInt8] {
        var bytes = head.indices.map { UInt32(littleEndian: head[$0]) }.littleEndianBytes
        bytes += packet
        bytes += repeatElement(0, count: -packet.count & 3)
        if lost > 0 { bytes += loss.indices.map { UInt32(littleEndian: loss[$0]) }.littleEndianBytes }
        return bytes + tail.indices.map { UInt32(littleEndian: tail[$0]) }.littleEndianBytes
    }
}

/// The flags of a packet block: the packet's direction and, if it is inbound, its kind of destination.
public struct PacketFlags: Equatable, Sendable {
    @usableFromInline let rawValue: UInt32

    @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Neither is known.
    public static var none: PacketFlags { @inlinable get { PacketFlags(rawValue: 0) } }
    public static var outbound: PacketFlags { @inlinable get { PacketFlags(rawValue: 2) } }

    /// An inbound packet to this host, to a group, to all hosts, or to another host. Only a promiscuous interface
    /// receives the last kind.
    @inlinable public static func inbound(_ reception: Reception) -> PacketFlags {
        PacketFlags(rawValue: 1 | reception.rawValue << 2)
    }

    public enum Reception: UInt32, Sendable {
        case unicast = 1
        case multicast = 2
        case broadcast = 3
        case promiscuous = 4
    }
}
