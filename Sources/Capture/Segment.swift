import Linux
import SystemPackage

/// A capture file that is being written: hidden as `NAME.part` until it is sealed.
///
/// It grows by whole hold buffers, so that it ends with a whole record after every write; a write that fails is cut off
/// again. Letting go of it without sealing leaves the `.part` as it was after the last write.
struct Segment: ~Copyable, Sendable {
    private let name: SegmentName
    private let directory: Directory
    private let file: File
    private let sync: Sync
    private var size: Int64 = 0
    private var packets: UInt64 = 0
    private var last: Timestamp

    /// Opens a segment whose first packet came at `start`. A name that is taken, by a segment of the same microsecond or
    /// from before the clock was set back, makes way for the next microsecond's: no file is ever overwritten.
    init(of source: CaptureSource, in path: String, from start: Timestamp, sync: Sync) throws(SystemError) {
        let directory = try Directory(making: path)
        var name = SegmentName(capture: source.capture, interface: source.interface, start: start)
        while directory.contains(name.sealed) || directory.contains(name.open) {
            name.start = name.start.nextMicrosecond
        }
        file = try directory.create(name.open)
        self.directory = directory
        (self.name, self.sync, last) = (name, sync, start)
    }

    /// Appends a whole hold buffer with one write. On failure the file is as it was before.
    mutating func append(_ hold: borrowing Hold) throws(SystemError) {
        let bytes = hold.buffer.bytes
        do {
            try file.write(bytes, at: size)
            if sync == .hold { try file.synchronize() }
        } catch {
            try? file.truncate(to: size)
            throw error
        }
        if sync == .segment { file.startWriteback(from: size, count: bytes.byteCount) }
        size += Int64(bytes.byteCount)
        packets += UInt64(hold.records)
        last = hold.last
    }

    /// What it is now, under the name that it gets.
    var summary: SealedSegment {
        SealedSegment(
            source: CaptureSource(capture: name.capture, interface: name.interface),
            path: directory.path + "/" + name.sealed, packets: packets, size: size, first: name.start, last: last)
    }

    /// Its name, for retention.
    var sealedName: SegmentName { name }

    /// Makes it whole: on the disk first, then under its own name. One without packets is removed.
    consuming func seal() throws(SystemError) {
        if packets == 0 { return try directory.remove(name.open) }
        if sync != .none { try file.synchronize() }
        try directory.rename(name.open, to: name.sealed)
        if sync != .none { try directory.synchronize() }
    }
}
