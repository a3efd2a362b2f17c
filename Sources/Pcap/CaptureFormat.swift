/// A file format, one piece at a time: a record of pcap, a block of pcapng.
protocol CaptureFormat {
    /// The name of a piece in error messages.
    static var piece: String { get }
    /// The number of bytes that determine the size of a piece.
    static var headSize: Int { get }

    /// The size of the piece that starts with `head`, in bytes.
    func size(head: RawSpan) throws(Mismatch) -> Int

    /// Whether the reader uses the piece that starts with `head`. It skips other pieces if they do not fit in the
    /// buffer.
    func isRead(head: RawSpan) throws(Mismatch) -> Bool

    /// Reads a whole piece that starts at `offset` in the file; true if it is a packet, which is then in `record`.
    mutating func read(_ piece: RawSpan, at offset: UInt64, into record: inout Record) throws(Mismatch) -> Bool
}

extension CaptureFormat {
    /// Reads pieces up to the next packet; false if no whole packet is available.
    mutating func readPacket(from pieces: inout BlockStream, into record: inout Record) throws(Mismatch) -> Bool {
        while let size = try pieces.next(self) {
            let isPacket = try read(
                pieces.buffer.bytes(pieces.buffer.unread.prefix(size)), at: pieces.position, into: &record)
            if isPacket { record.offset = pieces.position }
            pieces.take(size)
            if isPacket { return true }
        }
        return false
    }
}

/// The format of a file, determined from its first bytes.
enum FileStart {
    case pcap(PcapFormat)
    case pcapng

    init(_ start: RawSpan) throws(Mismatch) {
        var cursor = Cursor(start, .little)
        let magic = try cursor.integer(UInt32.self)
        switch magic {
        case PcapFormat.microMagic, PcapFormat.nanoMagic:
            self = .pcap(try PcapFormat(header: Cursor(start, .little)))
        case PcapFormat.microMagic.byteSwapped, PcapFormat.nanoMagic.byteSwapped:
            self = .pcap(try PcapFormat(header: Cursor(start, .big)))
        case PcapngFormat.magic:
            self = .pcapng
        default:
            throw Mismatch(expected: "the magic number of a pcap or pcapng file", found: Self.described(magic))
        }
    }

    /// The magic number of a file in another format, with the format's name if it is known.
    private static func described(_ magic: UInt32) -> String {
        let digits = String(magic.bigEndian, radix: 16)
        let number = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
        return switch magic {
        case 0xa1b2_cd34, 0x34cd_b2a1: number + " (the \"modified\" pcap of Linux around 1999, which is not supported)"
        case 0xfd2f_b528: number + " (zstd; decompress it first)"
        case _ where magic & 0xffff == 0x8b1f: number + " (gzip; decompress it first)"
        default: number
        }
    }
}
