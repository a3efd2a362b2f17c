import Linux
import SystemPackage

/// A capture file that is being written: hidden as `NAME.part` until it is sealed.
///
/// It grows by hold buffers, whole pages past the page cache, into space that is reserved ahead of them. A write that fails
/// is cut off after the last whole record.
struct Segment: ~Copyable, Sendable {
    private let name: SegmentName
    /// Where it is when it is sealed, and whose it is: made once, since they are asked for with every hold buffer.
    private let path: String
    private let source: CaptureSource
    private let directory: Directory
    private var file: File
    private let sync: Sync
    /// What keeps account of it.
    let retention: SegmentCatalog
    /// Where the last whole record ends.
    private var size: Int64 = 0
    /// Up to where the disk has room for it.
    private var roomEnd: Int64 = 0
    /// Whether that room is its own, so that nobody else can take it.
    private var isReserved = false
    private var packets: UInt64 = 0
    private var last: Timestamp
    /// When it was made, by the elapsed clock.
    let opened = Clock.elapsed()

    /// Opens a segment whose first packet came at `start`. A name that is taken, by another worker's segment of the same
    /// microsecond or by one from before the clock was set back, makes way for the next microsecond's: no file is ever
    /// overwritten.
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
        // Another daemon that starts must not take it for one that a crash has left.
        _ = try? file.lock()
        if rule.sync == .hold {
            // Or what is synchronized into it could be found under no name.
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

    /// Makes the file of the first free name. Whoever made the open one has the sealed one, too: so it is made first, and
    /// then asked whether the other was there before.
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

    /// Whether there is a sealed file of that name. Where the directory does not say, the open one does not stay either.
    private static func isTaken(
        _ name: SegmentName, in directory: borrowing Directory
    ) throws(SystemError) -> Bool {
        do { return try directory.contains(name.sealed) } catch {
            try? directory.remove(name.open)
            throw error
        }
    }

    /// Whether whole pages go past the page cache.
    var isDirect: Bool { file.isDirect }

    /// Why they do not: EINVAL where the file system has no direct I/O.
    var bufferingReason: Errno? { file.bufferingReason }

    /// Writes a hold buffer: one large write, and a small one for what is left of a page when it is a flush. On failure the
    /// file ends where its last whole record did.
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
                throw SystemError("write to", file.path, .noSuchFileOrDirectory, advice: "somebody removed it")
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

    /// Sees to it that the file can grow up to `end`: within what the disk may be filled, and where writes go past the page
    /// cache, in space of its own. It asks for as much again as the file has, so that the cost does not grow with it; but only
    /// where it gets that space, since otherwise all files that grow would count on the same.
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

    /// Bytes that are asked for ahead of the file's end.
    private static let leastRoom: Int64 = 1 << 20
    private static let mostRoom: Int64 = 64 << 20

    /// What it is now, under the name that it gets.
    var summary: SegmentSummary {
        SegmentSummary(source: source, path: path, packets: packets, size: size, first: name.start, last: last)
    }

    /// What makes the file whole, behind its last record.
    private var ending: [UInt8] { name.kind.compression.ending }

    /// Whether no record is in it.
    var isEmpty: Bool { packets == 0 }

    /// Cuts the file after its last whole record.
    func cut() throws(SystemError) { try file.truncate(to: size) }

    /// Makes it whole: cut after its last record, on the disk, and only then under its own name. When a step fails, all of
    /// them can be tried again.
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
            // It has another name, which somebody gave it: it is theirs.
            return .removed
        }
        if sync != .none { try directory.synchronize() }
        return .sealed
    }

    /// What became of it.
    enum End {
        /// It has its name.
        case sealed
        /// It held no packet, and is gone.
        case empty
        /// Somebody had removed it, with all that was in it.
        case removed
    }
}
