/// One packet of a capture file, as a view of the reader's buffer.
///
/// The reader cannot continue while the packet is in use.
public struct PacketRecord: ~Escapable {
    /// The packet's number in the file. The first packet is 1, as in Wireshark; a reader that began inside the file
    /// numbers from its first packet.
    public let number: UInt64
    /// The start of the record or block, in bytes from the start of the uncompressed file.
    public let offset: UInt64
    /// The packet's timestamp: seconds since 1970, UTC, and nanoseconds. 0 if the file contains none (simple packet
    /// blocks).
    public let seconds: Int64
    public let nanoseconds: UInt32
    /// The captured bytes.
    public let bytes: RawSpan
    /// The packet's length on the wire, in bytes.
    public let wireLength: UInt32
    public let linkType: LinkType
    /// The index of its interface in the reader's `interfaces`.
    public let interface: Int

    private let options: RawSpan
    private let byteOrder: ByteOrder

    public var capturedLength: Int { bytes.byteCount }

    @_lifetime(copy piece)
    init(_ record: Record, number: UInt64, piece: RawSpan) {
        self.number = number
        (seconds, nanoseconds, wireLength) = (record.seconds, record.nanoseconds, record.wireLength)
        offset = record.offset
        (linkType, interface, byteOrder) = (record.linkType, record.interface, record.byteOrder)
        bytes = piece.extracting(record.data)
        options = piece.extracting(record.options)
    }

    /// The packet's direction; nil if the file does not contain it. Few callers need it, so each access parses the
    /// options.
    public var direction: PacketDirection? {
        var options = PcapngOptions(options, byteOrder)
        // The packet is intact whatever its options are, so damaged options only mean an unknown direction.
        while let option = try? options.next() {
            var value = option.value
            guard option.code == .packetFlags, let flags = try? value.integer(UInt32.self) else { continue }
            return PacketDirection(rawValue: flags & 3)
        }
        return nil
    }
}

/// The direction of a packet, with the values of the flags in a packet block.
public enum PacketDirection: UInt32, Sendable {
    case inbound = 1
    case outbound = 2
}

/// The fields of a packet, which stay valid when the buffer moves. `data` and `options` are relative to the first byte
/// of the record or block.
struct Record {
    var offset: UInt64 = 0
    var seconds: Int64 = 0
    var nanoseconds: UInt32 = 0
    var wireLength: UInt32 = 0
    var linkType = LinkType.ethernet
    var interface = 0
    var data = 0..<0
    var options = 0..<0
    var byteOrder = ByteOrder.little
}
