/// A file format as the reader drives it, one piece at a time: a record of pcap, a block of pcapng.
protocol CaptureFormat {
    /// What a piece is called.
    static var piece: String { get }
    /// As many of its bytes as tell its size.
    static var headSize: Int { get }

    /// How long the piece is that starts with these bytes.
    func size(head: RawSpan) throws(Mismatch) -> Int

    /// Whether the piece that starts with these bytes says something to the reader. Others are skipped where they are long.
    func isRead(head: RawSpan) throws(Mismatch) -> Bool

    /// Reads a whole piece that starts at `offset` in the file; true when it is a packet, which then stands in `record`.
    mutating func read(_ piece: RawSpan, at offset: UInt64, into record: inout Record) throws(Mismatch) -> Bool
}

extension CaptureFormat {
    /// Reads pieces until one is a packet; false when there is none whole.
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

/// What the first bytes of a file make of it.
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

    /// The first bytes of a file that is something else, and what it may be.
    private static func described(_ magic: UInt32) -> String {
        let digits = String(magic.bigEndian, radix: 16)
        let number = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
        return switch magic {
        case 0xa1b2_cd34, 0x34cd_b2a1: number + " (the \"modified\" pcap of Linux around 1999, which is not read)"
        case 0xfd2f_b528: number + " (zstd; decompress it first)"
        case _ where magic & 0xffff == 0x8b1f: number + " (gzip; decompress it first)"
        default: number
        }
    }
}
