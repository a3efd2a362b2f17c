/// One packet of a capture file, where it stands in the reader's buffer: the reader cannot go on while it is in use.
public struct PacketRecord: ~Escapable {
    /// The first packet in the file is 1, as in Wireshark; of a reader that began inside the file, the first that it gave.
    public let number: UInt64
    /// Where its record or block starts, in bytes from the start of the file, as it is without compression.
    public let offset: UInt64
    /// When it was captured: seconds since 1970, UTC, and nanoseconds. 0 where the file does not say (simple packet blocks).
    public let seconds: Int64
    public let nanoseconds: UInt32
    /// What was captured of it.
    public let bytes: RawSpan
    /// How long it was.
    public let wireLength: UInt32
    public let linkType: LinkType
    /// Its place in the reader's `interfaces`.
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

    /// Which way it went, where the file says so. Looked up when asked: hardly anybody asks.
    public var direction: PacketDirection? {
        var options = PcapngOptions(options, byteOrder)
        // The packet is whole whatever its options are, so damage in them is no more than an answer that is missing.
        while let option = try? options.next() {
            var value = option.value
            guard option.code == .packetFlags, let flags = try? value.integer(UInt32.self) else { continue }
            return PacketDirection(rawValue: flags & 3)
        }
        return nil
    }
}

/// Which way a packet went, as numbered in the flags of a packet block.
public enum PacketDirection: UInt32, Sendable {
    case inbound = 1
    case outbound = 2
}

/// The plain numbers of a packet, which stay valid while the buffer moves; `data` and `options` count from the first byte of
/// its record or block.
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
