/// An enhanced packet block of a file's only interface, in the parts that stand around the packet's bytes.
///
///     head   type, length, interface, time (upper half first), captured length, length on the wire
///            the packet, and zeros up to 32 bits
///     loss   an option: how many packets were lost before this one; left out when none was
///     tail   another: flags; the end of the options; length again
///
/// See draft-ietf-opsawg-pcapng, section 4.3.
public struct EnhancedPacket: Sendable {
    /// Bytes of the whole block.
    @inlinable public static func size(capturedLength: Int, isAfterLoss: Bool) -> Int {
        28 + (capturedLength + 3) & ~3 + (isAfterLoss ? 12 : 0) + 16
    }

    public let head: [7 of UInt32]
    public let tail: [4 of UInt32]
    /// How many packets were lost since the one before.
    public let lost: UInt64

    /// `ticks` is when it came, see `Precision.ticks`.
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

    /// To be written where `lost` is not 0. (epb_dropcount: code 4, 8 bytes.)
    @inlinable public var loss: [3 of UInt32] {
        [
            UInt32(4 | 8 << 16).littleEndian, UInt32(truncatingIfNeeded: lost).littleEndian,
            UInt32(truncatingIfNeeded: lost >> 32).littleEndian,
        ]
    }

    /// The whole block, for those who are in no hurry.
    public func bytes(around packet: some Collection<UInt8>) -> [UInt8] {
        var bytes = head.indices.map { UInt32(littleEndian: head[$0]) }.littleEndianBytes
        bytes += packet
        bytes += repeatElement(0, count: -packet.count & 3)
        if lost > 0 { bytes += loss.indices.map { UInt32(littleEndian: loss[$0]) }.littleEndianBytes }
        return bytes + tail.indices.map { UInt32(littleEndian: tail[$0]) }.littleEndianBytes
    }
}

/// The flags of a packet block: which way the packet went and, if it came in, to whom it was sent.
public struct PacketFlags: Equatable, Sendable {
    @usableFromInline let rawValue: UInt32

    @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nothing is known.
    public static var none: PacketFlags { @inlinable get { PacketFlags(rawValue: 0) } }
    public static var outbound: PacketFlags { @inlinable get { PacketFlags(rawValue: 2) } }

    /// The packet came in, and was sent to this host, to a group, to all, or to another host (which only promiscuous
    /// interfaces hear).
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
