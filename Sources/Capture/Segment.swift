import Linux
import SystemPackage

/// A capture file that is being written: hidden as `NAME.part` until it is sealed.
///
/// It grows by hold buffers, whole pages past the page cache. A write that fails is cut off after the last whole record.
struct Segment: ~Copyable, Sendable {
    private let name: SegmentName
    private let directory: Directory
    private var file: File
    private let sync: Sync
    /// Where the last whole record ends.
    private var size: Int64 = 0
    private var packets: UInt64 = 0
    private var last: Timestamp

    /// Opens a segment whose first packet came at `start`. A name that is taken, by a segment of the same microsecond or
    /// from before the clock was set back, makes way for the next microsecond's: no file is ever overwritten.
    init(of source: CaptureSource, rule: CaptureRule, from start: Timestamp) throws(SystemError) {
        let directory = try Directory(making: rule.directory)
        var name = SegmentName(
            capture: source.capture, interface: source.interface, start: start, kind: rule.kind)
        while directory.contains(name.sealed) || directory.contains(name.open) {
            name.start = name.start.nextMicrosecond
        }
        file = try directory.create(name.open)
        _ = file.lock()  // another daemon that starts must not take it for one that a crash has left
        self.directory = directory
        (self.name, sync, last) = (name, rule.sync, start)
    }

    /// Whether whole pages go past the page cache.
    var isDirect: Bool { file.isDirect }

    /// Writes a hold buffer: one large write, and a small one for what is left of a page when it is a flush. On failure the
    /// file ends where its last whole record did.
    mutating func append(_ hold: borrowing Hold) throws(SystemError) {
        let bytes = hold.buffer.bytes
        let whole = hold.buffer.wholePages
        do {
            try file.write(pages: bytes.extracting(first: whole), at: hold.offset)
            if hold.isFlush {
                try file.write(bytes.extracting(droppingFirst: whole), at: hold.offset + Int64(whole))
            }
            if sync == .hold { try file.synchronize() }
        } catch {
            try? cut()
            throw error
        }
        if sync == .segment, !isDirect { file.startWriteback(from: hold.offset, count: whole) }
        size = hold.wholeEnd
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

    /// Cuts the file after its last whole record.
    func cut() throws(SystemError) { try file.truncate(to: size) }

    /// Makes it whole: on the disk first, then under its own name. One without packets is removed.
    consuming func seal() throws(SystemError) {
        if packets == 0 { return try directory.remove(name.open) }
        if sync != .none { try file.synchronize() }
        try directory.rename(name.open, to: name.sealed)
        if sync != .none { try directory.synchronize() }
    }
}
