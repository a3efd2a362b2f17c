import Linux
import Pcap
import Segments

/// The contents of a segment: the number of packets, and the timestamp of the last one.
struct SegmentContents: Equatable, Sendable {
    var packets: UInt64
    var last: Timestamp
}

extension SegmentContents {
    /// Reads the interface statistics block at the end of a pcapng segment of this daemon; nil if there is none. Costs
    /// one read.
    init?(toldBy path: String) throws(SystemError) {
        var file = try InputFile(path, followingLinks: false)
        let (size, length) = (try file.size(), UInt64(InterfaceStatistics.size))
        guard file.isSeekable, size >= length else { return nil }
        file.seek(to: size - length)
        guard let statistics = InterfaceStatistics(try file.read(upTo: InterfaceStatistics.size)) else { return nil }
        packets = statistics.delivered
        // The block does not contain the unit of its timestamps. Nanoseconds read as microseconds would be after the
        // year 5000.
        let isMicro = statistics.last < 100_000_000_000_000_000
        last = Timestamp(nanosecondsSince1970: Int64(clamping: isMicro ? statistics.last * 1000 : statistics.last))
    }

    /// Counts the packets of a segment, compressed or not, in an open one up to the last complete record; nil if there
    /// is no packet.
    init?(countedIn path: String, isOpen: Bool) throws(CaptureFileError) {
        let input: InputFile
        do { input = try InputFile(path, followingLinks: false) } catch { throw .system(error) }
        var file = CaptureFileReader(input, isOpen: isOpen)
        var last: Timestamp?
        while let packet = try file.next() {
            last = Timestamp(seconds: packet.seconds, nanoseconds: packet.nanoseconds)
        }
        guard let last else { return nil }
        (packets, self.last) = (file.count, last)
    }
}
