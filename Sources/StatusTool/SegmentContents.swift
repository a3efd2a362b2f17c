import Capture
import Control
import Pcap
import SystemPackage

/// What is in a segment.
struct SegmentContents: Sendable {
    var packets: UInt64
    /// When the last packet came.
    var last: Moment

    /// By the statistics at the end of the file, or `reading` all of it; nil when that does not tell.
    init?(of path: String, _ kind: SegmentKind, reading: Bool) throws {
        guard kind.compression == .none else { return nil }
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .noFollow])
        defer { try? file.close() }
        if kind.format == .pcapng, let told = try SegmentContents(told: file) {
            self = told
        } else if reading {
            try self.init(reading: file)
        } else {
            return nil
        }
    }

    /// By the interface statistics block at the end of a segment that this daemon has made.
    private init?(told file: FileDescriptor) throws {
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

    private init?(reading file: FileDescriptor) throws {
        var reader = CaptureReader()
        var last: Int64?
        while reader.wantsBytes {
            try reader.fill { buffer in
                try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            }
            while let packet = try reader.next() { last = packet.seconds * 1_000_000_000 + Int64(packet.nanoseconds) }
        }
        guard let last else { return nil }
        (packets, self.last) = (reader.count, Moment(nanoseconds: last))
    }
}
