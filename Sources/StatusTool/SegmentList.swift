package import Control
import Glibc
package import Linux
import Pcap
import Segments
import SystemPackage

/// The segments in the directories of captures, oldest first.
package struct SegmentList: Sendable {
    /// A capture and the directory of its segments.
    package struct Folder: Sendable {
        package var capture: String
        /// Absolute path of the directory.
        package var path: String
        /// The daemon's status of its open segments, by path.
        fileprivate var open: [String: SegmentStatus] = [:]

        package init(capture: String, path: String) { (self.capture, self.path) = (capture, path) }

        /// The directory as a running daemon reports it.
        package init(_ status: CaptureStatus) {
            (capture, path) = (status.name, status.storage.directory)
            for segment in status.interfaces.flatMap(\.openSegments) { open[segment.path] = segment }
        }
    }

    package private(set) var segments: [SegmentFile] = []
    /// Messages about missing directories and unreadable files.
    package private(set) var complaints: [String] = []
    /// Whether to read files that do not contain their number of packets.
    private let reads: Bool
    private let since, until: Timestamp?

    /// `since` and `until` leave out files without packets in that time, as far as that is known.
    package init(reading reads: Bool, since: Timestamp? = nil, until: Timestamp? = nil) {
        (self.reads, self.since, self.until) = (reads, since, until)
    }

    /// Adds the segments of a capture.
    package mutating func add(_ folder: Folder) throws {
        guard let files = try files(in: folder.path, of: folder.capture) else { return }
        let owners = SegmentOwners([folder.capture] + SegmentOwners.ledgers(among: files.map(\.name)))
        for file in files {
            let sealed = owners.name(file.name)
            guard let name = sealed ?? owners.name(open: file.name), name.capture == folder.capture else { continue }
            try add(folder.path + "/" + file.name, file.size, name, open: folder.open, isOpen: sealed == nil)
        }
        sort()
    }

    /// Adds the segments that no configured capture owns, in the directories of the captures and below the directory
    /// of all captures.
    package mutating func addOrphans(of folders: [Folder], below directory: String?) throws {
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

    /// The files of a directory. If it is missing, adds a message and returns nil.
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
        // The segment can have expired or have been sealed since the directory was read; the next listing shows that.
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

    /// The contents of a segment, from its statistics block or by counting. The daemon's status of an open segment
    /// makes counting unnecessary.
    private func contents(
        of path: String, _ kind: SegmentKind, isOpen: Bool, isTold: Bool
    ) throws -> SegmentContents? {
        if !isOpen, kind == SegmentKind(.pcapng), let told = try SegmentContents(toldBy: path) { return told }
        guard reads, !isTold else { return nil }
        return try SegmentContents(countedIn: path, isOpen: isOpen)
    }

    private mutating func sort() { segments.sort { ($0.first, $0.path) < ($1.first, $1.path) } }

    /// The paths, one per line, for other programs.
    package func paths(includingOpen: Bool) -> String {
        segments.filter { includingOpen || $0.state == .sealed }.map { $0.path + "\n" }.joined()
    }

    /// A table of the segments.
    ///
    /// A `~` before the time of the last packet marks an upper bound. If the paths do not fit, each directory has its
    /// own table.
    package func text(_ style: Style) -> String {
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

/// A segment, as far as it is known without reading the whole file.
package struct SegmentFile: Codable, Equatable, Sendable {
    package enum State: String, Codable, Sendable {
        case sealed
        /// The daemon writes it, or a crash left it; its name ends in `.part`.
        case open
    }

    package var capture: String
    package var interface: String
    /// Absolute path.
    package var path: String
    package var state: State
    /// Size of the file.
    package var bytes: Int64
    /// Nil if the file does not contain the number.
    package var packets: UInt64?
    /// Timestamp of the first packet, in microseconds, from the file's name.
    package var first: Timestamp
    /// Timestamp of the last packet; nil if the file does not contain it.
    package var last: Timestamp?
    /// When the file was last written: at or soon after its last packet, never before.
    package var changed: Timestamp

    fileprivate var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    /// Whether the segment can have packets in that time.
    fileprivate func covers(since: Timestamp?, until: Timestamp?) -> Bool {
        if let since, last ?? changed < since, state == .sealed || changed < since { return false }
        if let until, first >= until { return false }
        return true
    }
}
