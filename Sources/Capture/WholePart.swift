import Linux
import Pcap
import SystemPackage
import Zstd

/// How much of a capture file is whole, found by reading it.
struct WholePart {
    /// Packets, and where the last whole record or block ends; in a compressed file, a frame's block behind which a record
    /// ends, too.
    private(set) var packets: UInt64 = 0
    private(set) var end: Int64 = 0
    /// In a compressed file: whole records behind that, as they are without compression.
    private(set) var rest: (packets: UInt64, bytes: [UInt8]) = (0, [])
    /// Whether a compressed file ends as it should.
    private(set) var isFinished = false

    init(of file: borrowing File, _ compression: Compression) throws(SystemError) {
        switch compression {
        case .none: try read(file)
        case .zstd: try readFrame(file)
        }
    }

    private mutating func read(_ file: borrowing File) throws(SystemError) {
        var position: Int64 = 0
        var records = Records()
        while records.goOn {
            try records.reader.fill { buffer throws(SystemError) in
                let count = try file.read(into: &buffer, at: position)
                position += Int64(count)
                return count
            }
            records.count()
        }
        (packets, end) = (records.packets, records.end)
    }

    /// Unpacks part by part, so that what the reader has been given ends with a part of the frame.
    private mutating func readFrame(_ file: borrowing File) throws(SystemError) {
        var frame: FrameReader
        do { frame = try FrameReader() } catch { throw SystemError("read", file.path, .noMemory) }
        var parts = FrameParts()
        var position: Int64 = 0
        var content: [UInt8] = []
        var (contentEnd, read) = (Int64(0), Int64(0))
        var records = Records()
        while records.goOn {
            try records.reader.fill { buffer throws(SystemError) in
                let count = try frame.read(into: &buffer) { packed throws(SystemError) in
                    let size = try WholePart.nextPart(&parts, of: file, at: position, into: &packed)
                    if position == 0 { end = Int64(size) }  // the header
                    position += Int64(size)
                    return size
                }
                unsafe buffer.withUnsafeBytes { unsafe content.append(contentsOf: $0.prefix(count)) }
                read += Int64(count)
                return count
            }
            records.count()
            guard records.end == read, frame.damage == nil else { continue }
            (packets, end, contentEnd, isFinished) = (records.packets, position, read, parts.isOver)
            content.removeAll(keepingCapacity: true)
        }
        rest = (records.packets - packets, Array(content.prefix(Int(records.end - contentEnd))))
    }

    /// Reads the next part of a frame if it is there whole; returns its size, or 0. We write no empty block but the last one:
    /// such a block is where the disk has zeros that never became data.
    private static func nextPart(
        _ parts: inout FrameParts, of file: borrowing File, at position: Int64, into buffer: inout MutableRawSpan
    ) throws(SystemError) -> Int {
        var room = buffer._mutatingExtracting(first: FrameParts.headSize)
        let count = try file.read(into: &room, at: position)
        let head = (0..<count).map { unsafe room.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        guard let size = parts.next(head), size > FrameParts.emptySize || parts.isOver else { return 0 }
        room = buffer._mutatingExtracting(first: size)
        return try file.read(into: &room, at: position) == size ? size : 0
    }
}

/// The whole records of a file, counted. A packet of no bytes on the wire is where the disk has zeros that never became data:
/// nothing behind it counts.
private struct Records: ~Copyable {
    var reader = CaptureReader()
    private(set) var packets: UInt64 = 0
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
        }
        end = Int64(reader.position)
    }
}
