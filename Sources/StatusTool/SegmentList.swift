public import Control
import Glibc
public import Linux
import Pcap
import Segments
import SystemPackage

/// The segments in the folders of captures, the oldest first.
public struct SegmentList: Sendable {
    /// Where the segments of a capture are.
    public struct Folder: Sendable {
        public var capture: String
        /// From the root.
        public var path: String
        /// What a daemon says of the segments that it is writing, by path.
        fileprivate var open: [String: SegmentStatus] = [:]

        public init(capture: String, path: String) { (self.capture, self.path) = (capture, path) }

        /// As a running daemon has it.
        public init(_ status: CaptureStatus) {
            (capture, path) = (status.name, status.storage.directory)
            for segment in status.interfaces.flatMap(\.openSegments) { open[segment.path] = segment }
        }
    }

    public private(set) var segments: [SegmentFile] = []
    /// Sentences about folders that are not there, and files that cannot be read.
    public private(set) var complaints: [String] = []
    /// Whether files are read to learn what they do not say by themselves.
    private let reads: Bool
    private let since, until: Timestamp?

    /// `since` and `until` leave out files without packets in that time, as far as the files say.
    public init(reading reads: Bool, since: Timestamp? = nil, until: Timestamp? = nil) {
        (self.reads, self.since, self.until) = (reads, since, until)
    }

    /// Adds what there is of a capture.
    public mutating func add(_ folder: Folder) throws {
        guard let files = try files(in: folder.path, of: folder.capture) else { return }
        let owners = SegmentOwners([folder.capture] + SegmentOwners.ledgers(among: files.map(\.name)))
        for file in files {
            let sealed = owners.name(file.name)
            guard let name = sealed ?? owners.name(open: file.name), name.capture == folder.capture else { continue }
            try add(folder.path + "/" + file.name, file.size, name, open: folder.open, isOpen: sealed == nil)
        }
        sort()
    }

    /// Adds the segments in the folders of captures, and in those below the directory of all, that no configured capture owns.
    public mutating func addOrphans(of folders: [Folder], below directory: String?) throws {
        let captures = folders.map { (name: $0.capture, directory: $0.path) }
        let orphans = Orphans(below: directory, captures: captures)
        complaints += orphans.failures.map { "\($0)" }
        for orphan in orphans.segments {
            let file = orphan.path.lastIndex(of: "/").map { String(orphan.path[orphan.path.index(after: $0)...]) }
            guard let file else { continue }
            let sealed = SegmentName(file, of: orphan.capture)
            guard let name = sealed ?? SegmentName(open: file, of: orphan.capture) else { continue }
            try add(orphan.path, orphan.size, name, open: [:], isOpen: sealed == nil)
        }
        sort()
    }

    /// What is in a folder; nil, and said, when it is not there.
    private mutating func files(in path: String, of capture: String) throws -> [Directory.Entry]? {
        do {
            return try Directory(path).files()
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            complaints.append("capture \(capture) has no directory \(path): nothing was captured yet")
            return nil
        }
    }

    private mutating func add(
        _ path: String, _ size: Int64, _ name: SegmentName, open: [String: SegmentStatus], isOpen: Bool
    ) throws {
        var status = stat()
        // SegmentCatalog may have been quicker, or the segment have been sealed, which the next look shows.
        guard unsafe stat(path, &status) == 0 else { return }
        let changed = Timestamp(
            seconds: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec))
        let contents: SegmentContents?
        do {
            contents = try self.contents(of: path, name.kind, isOpen: isOpen, isTold: open[path] != nil)
        } catch let error as SystemError where error.errno == .noSuchFileOrDirectory {
            return
        } catch CaptureFileError.system(let error) where error.errno == .noSuchFileOrDirectory {
            return
        } catch CaptureFileError.system(let error) {
            complaints.append("\(error)")
            contents = nil
        } catch let damage as CaptureFileError {
            complaints.append("cannot count the packets of \(damage)")
            contents = nil
        }
        let segment = SegmentFile(
            capture: name.capture, interface: name.interface, path: path, state: isOpen ? .open : .sealed,
            bytes: open[path]?.bytes ?? size, packets: contents?.packets ?? open[path]?.packets,
            first: name.start, last: contents?.last, changed: changed)
        if segment.covers(since: since, until: until) { segments.append(segment) }
    }

    /// What is in a segment, as far as it says so itself or is to be read. What the daemon tells of one that is open needs no reading.
    private func contents(
        of path: String, _ kind: SegmentKind, isOpen: Bool, isTold: Bool
    ) throws -> SegmentContents? {
        if !isOpen, kind == SegmentKind(.pcapng), let told = try SegmentContents(toldBy: path) { return told }
        guard reads, !isTold else { return nil }
        return try SegmentContents(countedIn: path, isOpen: isOpen)
    }

    private mutating func sort() { segments.sort { ($0.first, $0.path) < ($1.first, $1.path) } }

    /// The paths, a line for each, for other programs.
    public func paths(includingOpen: Bool) -> String {
        segments.filter { includingOpen || $0.state == .sealed }.map { $0.path + "\n" }.joined()
    }

    /// A table. The time of the last packet has a `~` where it is only known that it did not come later. Where paths do not fit,
    /// there is a table for each folder.
    public func text(_ style: Style) -> String {
        let whole = table(of: segments) { $0.path }
        var lines: [String] = []
        if whole.fits(style) {
            lines = segments.isEmpty ? [] : whole.lines(style)
        } else {
            let folders = Dictionary(grouping: segments, by: \.folder).sorted { $0.key < $1.key }
            for (folder, segments) in folders {
                lines += [style.paint(folder.printable(), .heading)]
                lines += table(of: segments) { String($0.path.dropFirst(folder.count + 1)) }.lines(style) + [""]
            }
        }
        let (count, open) = (segments.count, segments.count { $0.state == .open })
        let sum =
            "\(Amounts.count(count)) \(count == 1 ? "segment" : "segments")\(open > 0 ? ", \(open) open" : ""), "
            + Amounts.bytes(segments.map(\.bytes).reduce(0, +))
        return (lines + [sum]).joined(separator: "\n") + "\n"
    }

    private func table(of segments: [SegmentFile], name: (SegmentFile) -> String) -> TextTable {
        var table = TextTable(
            "FIRST PACKET (UTC)", " LAST PACKET (UTC)", ">PACKETS", ">SIZE", "FILE",
            expendable: ["LAST PACKET (UTC)", "PACKETS", "FIRST PACKET (UTC)", "SIZE"])
        for segment in segments {
            let last = segment.last.map { " \(Amounts.time($0))" } ?? "~\(Amounts.time(segment.changed))"
            table.append([
                "\(Amounts.time(segment.first))", "\(last)",
                "\(segment.packets.map { Amounts.count($0) } ?? "-")", "\(Amounts.bytes(segment.bytes))",
                "\(name(segment))",
            ])
        }
        return table
    }
}

/// A segment, as far as it is known without reading all of it.
public struct SegmentFile: Codable, Equatable, Sendable {
    public enum State: String, Codable, Sendable {
        case sealed
        /// It is being written, or a crash has left it; its name ends in `.part`.
        case open
    }

    public var capture: String
    public var interface: String
    /// From the root.
    public var path: String
    public var state: State
    /// Of the file.
    public var bytes: Int64
    /// Nil: the file does not say.
    public var packets: UInt64?
    /// When the first packet came, to the microsecond, by the file's name.
    public var first: Timestamp
    /// When the last one came; nil: the file does not say.
    public var last: Timestamp?
    /// When the file was last written to: soon after its last packet, and no earlier.
    public var changed: Timestamp

    fileprivate var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    /// Whether packets may have come in that time.
    fileprivate func covers(since: Timestamp?, until: Timestamp?) -> Bool {
        if let since, last ?? changed < since, state == .sealed || changed < since { return false }
        if let until, first >= until { return false }
        return true
    }
}
