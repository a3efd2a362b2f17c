public import Linux
import Pcap
import SystemPackage

/// What was made of a segment that a crash left open.
public struct Repair: Codable, Equatable, Sendable {
    public enum Outcome: Codable, Hashable, Sendable {
        /// Cut after its last whole record or block and sealed: so many bytes were cut off.
        case sealed(cut: Int64)
        /// It had no whole packet yet, and is gone.
        case removed
        /// Its beginning cannot be read, though there is much behind it. It is left as it is, for somebody to look at.
        case unreadable
        /// The disk or its permissions did not let it be read or changed. The next start tries again.
        case failed(SystemError)
    }

    public let outcome: Outcome
    /// Its path now, or when it is gone, then.
    public let path: String
    public private(set) var packets: UInt64 = 0
    /// When the last of them came; nil: there is none.
    public private(set) var last: Timestamp?
    /// Bytes of the file as it is now.
    public private(set) var size: Int64 = 0

    /// Repairs the open segment `name`, a file of `before` bytes. Nil, and nothing is done, when another process is writing it.
    ///
    /// A compressed segment is cut after its last block behind which a record ends, as it is when it is written whole. Records
    /// that are whole in the blocks after that are appended as they are; the frame is finished. It fails where that would leave less
    /// than `freeSpace` bytes on the file system. `progress` is called for each piece that is read.
    init?(
        _ name: SegmentName, in directory: borrowing Directory, size before: Int64, leaving freeSpace: Int64,
        progress: () -> Void = {}
    ) {
        do throws(SystemError) {
            let repair = try Repair(
                trying: name, in: directory, size: before, leaving: freeSpace, progress: progress)
            guard let repair else { return nil }
            self = repair
        } catch {
            (outcome, path) = (.failed(error), directory.path + "/" + name.open)
        }
    }

    /// As many bytes more may always be written: they finish a frame.
    private static let leastGrowth: Int64 = 4096

    private init?(
        trying name: SegmentName, in directory: borrowing Directory, size before: Int64, leaving freeSpace: Int64,
        progress: () -> Void
    ) throws(SystemError) {
        let file = try directory.open(name.open)
        guard try file.lock() else { return nil }
        let whole = try IntactPrefix(name.kind.compression) { (buffer, offset) throws(SystemError) -> Int in
            progress()
            return try file.read(into: &buffer, at: offset)
        }
        let (growth, free) = (whole.growth(of: before), try file.fileSystem().free)
        guard growth <= Repair.leastGrowth || growth <= free - freeSpace else {
            throw SystemError(
                "repair", file.path, .noSpace,
                advice:
                    "it grows by \(growth) bytes; \(free) bytes are free, of which free-space: leaves \(freeSpace) alone"
            )
        }
        (packets, last) = (whole.packets, whole.last)
        size = whole.end + Int64(whole.completion.count)
        if packets > 0 {
            // Also where nothing has to be cut off, as space may be reserved behind it.
            try file.truncate(to: whole.end)
            unsafe try file.write(whole.completion.span.bytes, at: whole.end)
            try file.synchronize()
            try directory.rename(name.open, to: name.sealed)
            (outcome, path) = (.sealed(cut: before - whole.end), directory.path + "/" + name.sealed)
        } else {
            let isSmall = before <= Int64(CaptureReader.largestPiece)
            if isSmall { try directory.remove(name.open) }
            (outcome, path) = (isSmall ? .removed : .unreadable, directory.path + "/" + name.open)
        }
    }
}
