/// A file format as the reader drives it, one piece at a time: a record of pcap, a block of pcapng.
protocol CaptureFormat: Sendable {
    /// What a piece is called.
    var piece: String { get }
    /// As many of its bytes as tell its size.
    var headSize: Int { get }
    /// The interfaces that packets may refer to.
    var interfaces: [CaptureInterface] { get }

    /// How long the piece is that starts with these bytes. Above `CaptureReader.largestPiece`: it holds nothing to read.
    func size(head: RawSpan) throws(Mismatch) -> Int

    /// Reads a whole piece; nil when it is not a packet.
    mutating func read(_ piece: RawSpan) throws(Mismatch) -> Record?
}

extension CaptureFormat {
    /// The same, of bytes in the buffer. A view of them in the reader itself would keep all of the reader from changing.
    mutating func read(_ piece: Range<Int>, of buffer: borrowing ReadBuffer) throws(Mismatch) -> Record? {
        try read(buffer.bytes(piece))
    }
}

/// The format of a file, told from its first bytes.
enum FileStart {
    /// The header of a pcap file. No pcapng file is so short, either.
    static let size = PcapHeader.size

    /// The format, and how many bytes it has read.
    static func format(_ start: RawSpan) throws(Mismatch) -> (format: any CaptureFormat, size: Int) {
        var cursor = Cursor(start, .little)
        let magic = try cursor.integer(UInt32.self)
        guard let byteOrder = byteOrder(pcapMagic: magic) else {
            if magic == PcapngFormat.magic { return (PcapngFormat(), 0) }
            throw Mismatch(expected: "the magic number of a pcap or pcapng file", found: described(magic))
        }
        return (try PcapFormat(header: Cursor(start, byteOrder)), size)
    }

    private static func byteOrder(pcapMagic magic: UInt32) -> ByteOrder? {
        switch magic {
        case PcapFormat.microMagic, PcapFormat.nanoMagic: .little
        case PcapFormat.microMagic.byteSwapped, PcapFormat.nanoMagic.byteSwapped: .big
        default: nil
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
