package import Linux
import Pcap
import SystemPackage
import Zstd

/// The intact part of a capture file, found by reading it, and the bytes that complete it.
package struct IntactPrefix {
    /// The number of intact packets, including those in `completion`.
    package private(set) var packets: UInt64 = 0
    /// Timestamp of the last intact packet; nil if there is none.
    package private(set) var last: Timestamp?
    /// The end of the last whole record or block. In a compressed file, the end of a block of the frame at which a
    /// record ends, too.
    package private(set) var end: Int64 = 0
    /// The bytes to write at `end`. In a compressed file, they are the whole records that could be decompressed behind
    /// `end`, uncompressed, and the end of the frame if it is missing.
    package private(set) var completion: [UInt8] = []

    /// Reads bytes of the file from an offset into the start of its argument; returns their number, 0 at the end.
    package typealias Source = (inout MutableRawSpan, Int64) throws(SystemError) -> Int

    package init(_ compression: Compression, of file: Source) throws(SystemError) {
        switch compression {
        case .none: try read(file)
        case .zstd: try readFrame(file)
        }
    }

    private mutating func read(_ file: Source) throws(SystemError) {
        var position: Int64 = 0
        var records = Records()
        while records.goOn {
            try records.reader.fill { buffer throws(SystemError) in
                let count = try file(&buffer, position)
                position += Int64(count)
                return count
            }
            records.count()
        }
        (packets, last, end) = (records.packets, records.last, records.end)
    }

    /// Decompresses block by block, so that the data passed to the reader always ends with a block of the frame. A few
    /// bytes of a frame may stand for any number of bytes. Decompressed data behind the last record that ends with a
    /// block is therefore kept up to `mostUnpacked`, and nothing beyond `farthest` is decompressed.
    private mutating func readFrame(_ file: Source) throws(SystemError) {
        var frame: FrameReader
        do { frame = try FrameReader() } catch { throw SystemError("read", "a compressed segment", .noMemory) }
        var parts = FrameParts()
        var position: Int64 = 0
        var (contentEnd, read, isFinished) = (Int64(0), Int64(0), false)
        // The decompressed bytes behind `end`; later, those of the whole records among them.
        var rest: [UInt8] = []
        var unpacked = (packets: UInt64(0), last: Timestamp?.none, end: Int64(0))
        var records = Records()
        while records.goOn, read - contentEnd < IntactPrefix.farthest {
            try records.reader.fill { buffer throws(SystemError) in
                let count = try frame.read(into: &buffer) { packed throws(SystemError) in
                    let size = try IntactPrefix.nextPart(&parts, of: file, at: position, into: &packed)
                    if position == 0 { end = Int64(size) }  // the header
                    position += Int64(size)
                    return size
                }
                if read - contentEnd + Int64(count) <= IntactPrefix.mostUnpacked {
                    unsafe buffer.withUnsafeBytes { unsafe rest.append(contentsOf: $0.prefix(count)) }
                }
                read += Int64(count)
                return count
            }
            records.count()
            if records.end - contentEnd <= Int64(rest.count) { unpacked = (records.packets, records.last, records.end) }
            guard records.end == read, frame.damage == nil else { continue }
            (end, contentEnd, isFinished) = (position, read, parts.isOver)
            unpacked = (records.packets, records.last, records.end)
            rest.removeAll(keepingCapacity: true)
        }
        (packets, last) = (unpacked.packets, unpacked.last)
        rest.removeLast(rest.count - Int(unpacked.end - contentEnd))
        completion = FrameEncoder.plainBlocks(rest)
        if !isFinished { completion += Compression.zstd.ending }
    }

    /// The limit of kept decompressed data, in bytes: four times a hold buffer of the usual size.
    private static let mostUnpacked: Int64 = 16 << 20
    /// The limit of decompressed data behind the last record that ends with a block, in bytes: the size of the largest
    /// hold buffer. Beyond it, no further record ends with a block.
    private static let farthest: Int64 = 1 << 30

    /// The growth of a file of `size` bytes when it is completed, in bytes; negative if it shrinks.
    func growth(of size: Int64) -> Int64 { end + Int64(completion.count) - size }

    /// Reads the next block of a frame if it is complete; returns its size, or 0. Holdfast writes an empty block only
    /// at the end of a frame, so any other empty block is allocated space without data.
    private static func nextPart(
        _ parts: inout FrameParts, of file: Source, at position: Int64, into buffer: inout MutableRawSpan
    ) throws(SystemError) -> Int {
        var room = buffer._mutatingExtracting(first: FrameParts.headSize)
        let count = try file(&room, position)
        let head = (0..<count).map { unsafe room.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        guard let size = parts.next(head), size > FrameParts.emptySize || parts.isOver else { return 0 }
        room = buffer._mutatingExtracting(first: size)
        return try file(&room, position) == size ? size : 0
    }
}

/// Counts the whole records of a file. A packet with a wire length of 0 is allocated space without data; nothing
/// behind it counts.
private struct Records: ~Copyable {
    var reader = CaptureReader()
    private(set) var packets: UInt64 = 0
    private(set) var last: Timestamp?
    /// The end of the last whole record.
    private(set) var end: Int64 = 0
    private var isOver = false

    var goOn: Bool { reader.wantsBytes && !isOver }

    /// Counts the whole records in the reader's buffer.
    mutating func count() {
        while true {
            end = Int64(reader.position)
            guard let packet = try? reader.next() else { break }
            isOver = packet.wireLength == 0
            if isOver { return }
            packets += 1
            last = Timestamp(seconds: packet.seconds, nanoseconds: packet.nanoseconds)
        }
        end = Int64(reader.position)
    }
}
