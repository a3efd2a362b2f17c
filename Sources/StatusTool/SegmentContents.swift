import Capture
import Control
import FilterTool
import Linux
import Pcap
import SystemPackage

/// What is in a segment.
struct SegmentContents: Sendable {
    var packets: UInt64
    /// When the last packet came.
    var last: Moment

    /// By the statistics at the end of the file, or `reading` all of it; nil when that does not tell.
    init?(of path: String, _ kind: SegmentKind, reading: Bool) throws {
        if kind == SegmentKind(.pcapng), let told = try SegmentContents(toldBy: path) {
            self = told
        } else if reading {
            try self.init(reading: path)
        } else {
            return nil
        }
    }

    /// By the interface statistics block at the end of a segment that this daemon has made.
    private init?(toldBy path: String) throws {
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .noFollow])
        defer { try? file.close() }
        let end = try file.seek(offset: 0, from: .end)
        guard end >= InterfaceStatistics.size else { return nil }
        try file.seek(offset: end - Int64(InterfaceStatistics.size), from: .start)
        let block = try unsafe [UInt8](unsafeUninitializedCapacity: InterfaceStatistics.size) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard let statistics = InterfaceStatistics(block) else { return nil }
        // The block does not say what its ticks are; counted in microseconds, its time would be after the year 5000.
        let isMicro = statistics.last < 100_000_000_000_000_000
        packets = statistics.delivered
        last = Moment(nanoseconds: Int64(clamping: isMicro ? statistics.last * 1000 : statistics.last))
    }

    /// Compressed or not.
    private init?(reading path: String) throws {
        var (count, last): (UInt64, Int64?) = (0, nil)
        try CaptureFile.forEachPacket(of: path) { packet in
            (count, last) = (packet.number, packet.seconds * .nanosecondsPerSecond + Int64(packet.nanoseconds))
        }
        guard let last else { return nil }
        (packets, self.last) = (count, Moment(nanoseconds: last))
    }
}
