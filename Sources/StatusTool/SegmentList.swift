import CLinux
public import Capture
import Control
import Glibc
import Linux
import Pcap
import SystemPackage

/// The sealed segments in the folders of captures, the oldest first.
public struct SegmentList: Sendable {
    /// What is known of one without reading all of it.
    public struct Segment: Sendable {
        public var path: String
        public var name: SegmentName
        /// Of the file.
        public var bytes: Int64
        /// When the file was last written to: soon after its last packet, and no earlier.
        var changed: Moment
        /// From its own statistics, or because it was read.
        var contents: SegmentContents?
    }

    public private(set) var segments: [Segment] = []
    /// Whether files are read to learn what they do not say by themselves.
    private let reads: Bool

    public init(reading reads: Bool) { self.reads = reads }

    /// Adds what there is of a capture. A folder that is not there yet has none.
    public mutating func add(_ capture: String, in folder: String) throws {
        let directory: Directory
        do { directory = try Directory(folder) } catch {
            if error.errno == .noSuchFileOrDirectory { return }
            throw error
        }
        for file in try directory.files() {
            guard let name = SegmentName(file.name, of: capture) else { continue }
            let path = folder + "/" + file.name
            var status = stat()
            // Retention may have been quicker.
            guard unsafe stat(path, &status) == 0 else { continue }
            let changed = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            let contents: SegmentContents?
            do {
                contents = try SegmentContents(of: path, name.kind, reading: reads)
            } catch Errno.noSuchFileOrDirectory {
                continue
            }
            segments.append(
                Segment(
                    path: path, name: name, bytes: file.size, changed: Moment(nanoseconds: changed),
                    contents: contents))
        }
        segments.sort { ($0.name.start, $0.path) < ($1.name.start, $1.path) }
    }

    /// The paths, a line for each, for other programs.
    public var paths: String { segments.map { $0.path + "\n" }.joined() }

    /// A table. The time of the last packet has a `~` where it is only known that it did not come later.
    public func text(_ style: Style) -> String {
        var table = TextTable("FIRST PACKET (UTC)", " LAST PACKET (UTC)", ">PACKETS", ">SIZE", "FILE")
        for segment in segments {
            let first = Moment(nanoseconds: segment.name.start.seconds * 1_000_000_000)
            let last = segment.contents.map { " \(Amounts.time($0.last))" } ?? "~\(Amounts.time(segment.changed))"
            table.append([
                "\(Amounts.time(first))", "\(last)", "\(segment.contents.map { Amounts.count($0.packets) } ?? "-")",
                "\(Amounts.bytes(segment.bytes))", "\(segment.path)",
            ])
        }
        let bytes = segments.map(\.bytes).reduce(0, +)
        let sum =
            "\(Amounts.count(segments.count)) \(segments.count == 1 ? "segment" : "segments"), \(Amounts.bytes(bytes))"
        return ((segments.isEmpty ? [] : table.lines(style)) + [sum]).joined(separator: "\n") + "\n"
    }
}
