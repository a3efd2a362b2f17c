import Linux
import SystemPackage
import Zstd

/// The stage between hold and the segment of a compressed capture, whose file is one zstd frame: packs each hold buffer into
/// blocks of it. Lives on the writer thread.
///
/// The store fills its buffers with whole records here, so a file can be cut where one of them ends. What comes out is a hold
/// buffer again, of the compressed file: it begins at a page, and the bytes after its last whole page come again with
/// the next one. A packet is in the file when all the blocks are into which its hold buffer was packed.
struct Compressor: ~Copyable, Sendable {
    private var encoder: FrameEncoder
    /// What was left of a page, and room behind it for what comes next. Nil while it is written.
    private var buffer: Buffer?
    /// Where it goes in the file.
    private var offset: Int64 = 0
    /// Where what a hold buffer became ends, the last one of which every byte is in the file.
    private var wholeEnd: Int64 = 0
    /// Packets of what is in the buffer.
    private var packets = WholeRecords()
    /// When the last packet came, and since when the oldest one taken over last has been here.
    private var (last, since) = (Timestamp.epoch, UInt64(0))

    /// For hold buffers of `size` bytes.
    init(size: Int) throws(SystemError) {
        let pages = FrameEncoder.bound(size) / File.pageSize + 2
        let buffer = try Buffer(size: pages * File.pageSize)
        do { encoder = try FrameEncoder() } catch { throw Compressor.outOfMemory }
        self.buffer = consume buffer
    }

    private static var outOfMemory: SystemError { SystemError("compress", "packets", .noMemory) }

    /// Goes on with a file that is empty. What is not in the file before is lost.
    private mutating func begin() {
        encoder.begin()
        buffer?.clear()
        (offset, wholeEnd, packets) = (0, 0, WholeRecords())
    }

    /// What is in `hold`, packed and ready to be written; to be given back with `takeBack`.
    mutating func packed(_ hold: borrowing Hold, isFlush: Bool) throws(SystemError) -> Hold {
        if hold.begins != nil { begin() }
        let start = buffer?.count ?? 0
        do {
            try buffer?.append(upTo: FrameEncoder.bound(hold.buffer.count)) { room throws(OutOfMemory) in
                try encoder.encode(hold.buffer.bytes, into: &room)
            }
        } catch {
            throw Compressor.outOfMemory
        }
        packets.add(hold.records, from: start, to: buffer?.count ?? start)
        (last, since) = (hold.last, hold.since)
        return take(isFlush: isFlush, begins: hold.begins)
    }

    /// What was left of a page, ready to be written; to be given back with `takeBack`.
    mutating func rest() -> Hold { take(isFlush: true, begins: nil) }

    /// Takes the buffer out.
    private mutating func take(isFlush: Bool, begins: Timestamp?) -> Hold {
        guard let full = buffer.take() else { fatalError("what was taken before was not given back") }
        let whole = packets.handOver(all: isFlush, of: full.count)
        // Where no record ends in a whole page, what a flush wrote before stays whole.
        if whole.end > 0 { wholeEnd = offset + Int64(whole.end) }
        return Hold(
            buffer: full, offset: offset, isFlush: isFlush, records: whole.records, wholeEnd: wholeEnd, begins: begins,
            last: last, since: since)
    }

    /// Takes back what has been written, or is lost.
    mutating func takeBack(_ packed: consuming Hold) {
        var written = packed.buffer
        offset += Int64(written.wholePages)
        written.keepPartialPage()
        buffer = consume written
    }
}

extension Compression {
    /// What stands behind the last packet's blocks in a file that is whole.
    var ending: [UInt8] { self == .zstd ? FrameEncoder.ending : [] }
}
