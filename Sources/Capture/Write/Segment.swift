import Linux
import Rules
import Segments
import SystemPackage

/// An open capture file: named `NAME.part` until it is sealed as `NAME` (I6).
///
/// It grows by hold buffers. Whole pages bypass the page cache and go into space that is reserved ahead. After a
/// failed write the file is cut after its last whole record (I8).
struct Segment: ~Copyable, Sendable {
    private let name: SegmentName
    /// Its sealed path and its source, made once because each hold buffer needs them.
    private let path: String
    private let source: CaptureSource
    private let directory: Directory
    private var file: File
    private let sync: Sync
    /// The catalog that it is entered in.
    let retention: SegmentCatalog
    /// End of the last whole record.
    private var size: Int64 = 0
    /// Size up to which the disk has room for the file.
    private var roomEnd: Int64 = 0
    /// Whether that room is reserved for this file.
    private var isReserved = false
    private var packets: UInt64 = 0
    private var last: Timestamp
    /// Time of creation, by the clock that includes suspended time (`Clock.elapsed`).
    let opened = Clock.elapsed()

    /// Creates a segment whose first packet has the timestamp `start`. If the name is taken, by another worker's
    /// segment of the same microsecond or by a file from before the clock was set back, it takes the next
    /// microsecond: no file is ever overwritten (I7).
    init(
        of source: CaptureSource, rule: CaptureRule, retention: SegmentCatalog, from start: Timestamp
    ) throws(SystemError) {
        let directory = try Directory(making: rule.directory)
        var name = SegmentName(
            capture: source.capture, interface: source.interface, start: start, kind: rule.kind)
        let disk = try directory.fileSystem()
        retention.note(device: disk.device)
        try retention.makeRoomForFile(on: disk, of: directory.path + "/" + name.open)
        let file = try Segment.create(&name, in: directory)
        // The lock tells another daemon that this segment is open, and not left by a crash.
        _ = try? file.lock()
        if rule.sync == .hold {
            // Otherwise synced packets could be in a file without a name after a power failure.
            do { try directory.synchronize() } catch {
                try? directory.remove(name.open)
                throw error
            }
        }
        path = directory.path + "/" + name.sealed
        self.directory = directory
        self.file = file
        (self.source, self.name, self.retention, sync, last) = (source, name, retention, rule.sync, start)
    }

    /// Creates the file of the first free name. The worker that creates the open file also owns the sealed name. So
    /// the open file is created first, and then the sealed name is checked.
    static func create(
        _ name: inout SegmentName, in directory: borrowing Directory
    ) throws(SystemError) -> File {
        while true {
            do {
                let file = try directory.create(name.open)
                if try !isTaken(name, in: directory) { return file }
                try directory.remove(name.open)
            } catch {
                guard error.errno == .fileExists else { throw error }
            }
            name.start = name.start.nextMicrosecond
        }
    }

    /// Whether a sealed file of that name exists. If the directory cannot be read, the open file is removed, too.
    private static func isTaken(
        _ name: SegmentName, in directory: borrowing Directory
    ) throws(SystemError) -> Bool {
        do { return try directory.contains(name.sealed) } catch {
            try? directory.remove(name.open)
            throw error
        }
    }

    /// Whether whole pages bypass the page cache.
    var isDirect: Bool { file.isDirect }

    /// Why they do not: EINVAL if the file system has no direct I/O.
    var bufferingReason: Errno? { file.bufferingReason }

    /// Writes a hold buffer with one large write, and with a small second one for the partial page of a flush. After a
    /// failure the file ends with its last whole record (I8). Throws the error of the write.
    mutating func append(_ hold: borrowing Hold) throws(SystemError) {
        let bytes = hold.buffer.bytes
        let whole = hold.buffer.wholePages
        do throws(SystemError) {
            try makeRoom(upTo: hold.offset + Int64(bytes.byteCount))
            try file.write(pages: bytes.extracting(first: whole), at: hold.offset)
            if hold.isFlush {
                try file.write(bytes.extracting(droppingFirst: whole), at: hold.offset + Int64(whole))
            }
            if sync == .hold { try file.synchronize() }
            guard try file.isLinked() else {
                throw SystemError("write to", file.path, .noSuchFileOrDirectory, advice: "another process deleted it")
            }
        } catch {
            try? cut()
            throw error
        }
        if sync == .segment, !isDirect { file.startWriteback(from: hold.offset, count: whole) }
        size = hold.wholeEnd
        packets += UInt64(hold.records)
        last = hold.last
    }

    /// Makes sure that the file can grow up to `end` without using the free-space reserve (I10). With direct I/O it
    /// reserves space ahead, as much as the file has, so that the cost per byte stays constant. Where the file system
    /// cannot reserve, it asks only for what is written: otherwise all growing files would count on the same free
    /// space.
    private mutating func makeRoom(upTo end: Int64) throws(SystemError) {
        guard end > roomEnd else { return }
        let ahead = isReserved ? min(max(end, Segment.leastRoom), Segment.mostRoom) : 0
        do {
            try takeRoom(upTo: end + ahead)
        } catch {
            try takeRoom(upTo: end)
        }
    }

    private mutating func takeRoom(upTo end: Int64) throws(SystemError) {
        try retention.makeRoom(for: end - roomEnd, on: try file.fileSystem(), of: file.path)
        isReserved = isDirect ? try file.reserve(from: roomEnd, count: end - roomEnd) : false
        roomEnd = end
    }

    /// Limits of the space that is reserved ahead, in bytes.
    private static let leastRoom: Int64 = 1 << 20
    private static let mostRoom: Int64 = 64 << 20

    /// The segment as it is now, under its sealed name.
    var summary: SegmentSummary {
        SegmentSummary(source: source, path: path, packets: packets, size: size, first: name.start, last: last)
    }

    /// The bytes behind the last record that complete the file.
    private var ending: [UInt8] { name.kind.compression.ending }

    /// Whether it has no record.
    var isEmpty: Bool { packets == 0 }

    /// Cuts the file after its last whole record (I8).
    func cut() throws(SystemError) { try file.truncate(to: size) }

    /// Seals the segment: cuts it after its last record, syncs it, and renames it last (I6). If a step throws, the
    /// caller can retry all of them.
    func seal() throws(SystemError) -> (end: End, summary: SegmentSummary, name: SegmentName) {
        let end = try end()
        var summary = summary
        summary.size += Int64(ending.count)
        return (end, summary, name)
    }

    private func end() throws(SystemError) -> End {
        guard try file.isLinked() else { return .removed }
        guard !isEmpty else {
            try directory.remove(name.open)
            return .empty
        }
        try cut()
        unsafe try file.write(ending.span.bytes, at: size)
        if sync != .none { try file.synchronize() }
        if try directory.contains(file, as: name.open) {
            try directory.rename(name.open, to: name.sealed)
        } else if try !directory.contains(file, as: name.sealed) {
            // Another process renamed it, so it belongs to that process (I7).
            return .removed
        }
        if sync != .none { try directory.synchronize() }
        return .sealed
    }

    /// Outcome of sealing.
    enum End {
        /// It has its sealed name.
        case sealed
        /// It had no packet and was removed.
        case empty
        /// Another process had deleted it, with its packets.
        case removed
    }
}
