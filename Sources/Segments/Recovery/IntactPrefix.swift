package import Linux
import Pcap
import SystemPackage
import Zstd

/// How much of a capture file is whole, found by reading it, and what makes a file of that.
package struct IntactPrefix {
    /// Packets, those in `completion` included.
    package private(set) var packets: UInt64 = 0
    /// When the last of them came; nil: there is none.
    package private(set) var last: Timestamp?
    /// Where the last whole record or block ends; in a compressed file, a frame's block behind which a record ends, too.
    package private(set) var end: Int64 = 0
    /// What has to stand behind that: in a compressed file whole records that could be unpacked, as they are without
    /// compression, and the end of the frame, if it is not there.
    package private(set) var completion: [UInt8] = []

    /// Puts bytes of the file, from an offset on, at the start of its argument; returns how many, 0 at the end.
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

    /// Unpacks part by part, so that what the reader has been given ends with a part of the frame. What is unpacked behind the
    /// last record that ends with a part is kept up to `mostUnpacked`, and nothing is unpacked beyond `farthest`: a few
    /// bytes of a frame may stand for any number.
    private mutating func readFrame(_ file: Source) throws(SystemError) {
        var frame: FrameReader
        do { frame = try FrameReader() } catch { throw SystemError("read", "a compressed segment", .noMemory) }
        var parts = FrameParts()
        var position: Int64 = 0
        var (contentEnd, read, isFinished) = (Int64(0), Int64(0), false)
        // What was unpacked behind `end`, and the records of it that are whole.
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

    /// Bytes that are kept of what was unpacked: four times a hold buffer of the usual size.
    private static let mostUnpacked: Int64 = 16 << 20
    /// Bytes behind the end of the last record that ended with a part of the frame after which no more will: as many as the largest
    /// hold buffer has.
    private static let farthest: Int64 = 1 << 30

    /// How many bytes longer a file of `size` bytes gets when it is made of this.
    func growth(of size: Int64) -> Int64 { end + Int64(completion.count) - size }

    /// Reads the next part of a frame if it is there whole; returns its size, or 0. We write no empty block but the last one:
    /// such a block is where the disk has zeros that never became data.
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

/// The whole records of a file, counted. A packet of no bytes on the wire is where the disk has zeros that never became data:
/// nothing behind it counts.
private struct Records: ~Copyable {
    var reader = CaptureReader()
    private(set) var packets: UInt64 = 0
    private(set) var last: Timestamp?
    /// Where the last whole one ends.
    private(set) var end: Int64 = 0
    private var isOver = false

    var goOn: Bool { reader.wantsBytes && !isOver }

    /// Counts those that are in the reader's buffer.
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
