import Linux
import Segments
import SystemPackage
import Zstd

/// The stage between hold and the segment of a compressed capture: compresses each hold buffer into blocks of the
/// file's single zstd frame. Belongs to the writer thread.
///
/// The store fills the buffers of such a capture with whole records, so a file can be cut where a buffer ends. The
/// output is again a hold buffer, with bytes of the compressed file: it begins at a page, and the bytes behind its
/// last whole page are repeated in the next one. A packet is in the file when all blocks of its hold buffer are.
struct Compressor: ~Copyable, Sendable {
    private var encoder: FrameEncoder
    /// The remainder of a page, with room behind it for the next blocks. Nil while it is written.
    private var buffer: Buffer?
    /// Its offset in the file.
    private var offset: Int64 = 0
    /// End of the last hold buffer of which every compressed byte is in the file.
    private var wholeEnd: Int64 = 0
    /// The packets in the buffer.
    private var packets = WholeRecords()
    /// Timestamp of the last packet; arrival of the oldest packet of the last hold buffer, by the monotonic clock.
    private var (last, since) = (Timestamp.epoch, UInt64(0))

    /// A compressor for hold buffers of `size` bytes.
    init(size: Int) throws(SystemError) {
        let pages = FrameEncoder.bound(size) / File.pageSize + 2
        let buffer = try Buffer(size: pages * File.pageSize)
        do { encoder = try FrameEncoder() } catch { throw Compressor.outOfMemory }
        self.buffer = consume buffer
    }

    private static var outOfMemory: SystemError { SystemError("compress", "packets", .noMemory) }

    /// Starts an empty file. Discards what was not written to the previous one.
    private mutating func begin() {
        encoder.begin()
        buffer?.clear()
        (offset, wholeEnd, packets) = (0, 0, WholeRecords())
    }

    /// Compresses `hold` into a buffer to write. Return that buffer with `takeBack`.
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

    /// The remainder of a page, as a buffer to write. Return that buffer with `takeBack`.
    mutating func rest() -> Hold { take(isFlush: true, begins: nil) }

    /// Takes the buffer for a write.
    private mutating func take(isFlush: Bool, begins: Timestamp?) -> Hold {
        guard let full = buffer.take() else { fatalError("the buffer is already in use") }
        let whole = packets.handOver(all: isFlush, of: full.count)
        // If no record ends in a whole page, the end that the last flush wrote is still valid.
        if whole.end > 0 { wholeEnd = offset + Int64(whole.end) }
        return Hold(
            buffer: full, offset: offset, isFlush: isFlush, records: whole.records, wholeEnd: wholeEnd, begins: begins,
            last: last, since: since)
    }

    /// Takes back a buffer that was written or whose packets are lost.
    mutating func takeBack(_ packed: consuming Hold) {
        var written = packed.buffer
        offset += Int64(written.wholePages)
        written.keepPartialPage()
        buffer = consume written
    }
}
