import Linux
import Pcap

/// What was made of a segment that a crash left open.
public struct Repair: Equatable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// Cut after its last whole record or block and sealed: so many bytes were cut off.
        case sealed(cut: Int64)
        /// It had no whole packet yet, and is gone.
        case removed
        /// Its beginning cannot be read, though there is much behind it. It is left as it is, for somebody to look at.
        case unreadable
    }

    public let outcome: Outcome
    /// Its path now, or when it is gone, then.
    public let path: String
    public private(set) var packets: UInt64 = 0
    /// Bytes up to the end of the last whole record or block.
    public private(set) var size: Int64 = 0

    /// Repairs the open segment `name`, a file of `before` bytes. Nil, and nothing is done, when another process is writing it.
    init?(_ name: SegmentName, in directory: borrowing Directory, size before: Int64) throws(SystemError) {
        let file = try directory.open(name.open)
        guard file.lock() else { return nil }
        (packets, size) = try Repair.scan(file)
        if packets > 0 {
            if size < before { try file.truncate(to: size) }
            try file.synchronize()
            try directory.rename(name.open, to: name.sealed)
            (outcome, path) = (.sealed(cut: before - size), directory.path + "/" + name.sealed)
        } else {
            let isSmall = before <= Int64(CaptureReader.largestPiece)
            if isSmall { try directory.remove(name.open) }
            (outcome, path) = (isSmall ? .removed : .unreadable, directory.path + "/" + name.open)
        }
    }

    /// How many whole packets there are, and where the last whole record or block ends. A packet of no bytes on the wire is
    /// where the disk has zeros that never became data: nothing behind it counts.
    private static func scan(_ file: borrowing File) throws(SystemError) -> (packets: UInt64, end: Int64) {
        var (packets, read) = (UInt64(0), Int64(0))
        var reader = CaptureReader()
        while reader.wantsBytes {
            try reader.fill { (buffer) throws(SystemError) in
                let count = try file.read(into: &buffer, at: read)
                read += Int64(count)
                return count
            }
            while true {
                let end = Int64(reader.position)
                guard let packet = try? reader.next() else { break }
                if packet.wireLength == 0 { return (packets, end) }
                packets += 1
            }
        }
        return (packets, Int64(reader.position))
    }
}
