package import Linux
import Pcap
import SystemPackage

/// The result of repairing a segment that a crash left open.
package struct Repair: Codable, Equatable, Sendable {
    package enum Outcome: Codable, Hashable, Sendable {
        /// The segment was cut behind its last whole record or block and sealed. The value is the number of bytes cut
        /// off.
        case sealed(cut: Int64)
        /// The segment contained no whole packet and was removed.
        case removed
        /// The head of the file is unreadable, but a lot of data follows it. The file stays as it is for inspection.
        case unreadable
        /// Reading or changing the file failed. The next start tries again.
        case failed(SystemError)
    }

    package let outcome: Outcome
    /// The file's current path, or its last one if it was removed.
    package let path: String
    package private(set) var packets: UInt64 = 0
    /// Timestamp of the last packet; nil if there is none.
    package private(set) var last: Timestamp?
    /// The file's current size, in bytes.
    package private(set) var size: Int64 = 0

    /// Repairs and seals the open segment `name`, a file of `before` bytes (I6, I8). Nil if another process is writing
    /// it; the file then stays unchanged.
    ///
    /// A compressed segment is cut behind the last block at whose end a record ends, as at the end of each complete
    /// hold buffer. The repair appends the whole records of the blocks after that one uncompressed, and finishes the
    /// frame. It fails if that would leave less than `freeSpace` bytes on the file system (I10).
    ///
    /// `progress` is called for each piece that is read.
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

    /// The number of bytes that a repair may always append, enough to finish a frame.
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
                    "it needs \(growth) bytes, \(free) bytes are free, and 'free-space' reserves \(freeSpace)"
            )
        }
        (packets, last) = (whole.packets, whole.last)
        size = whole.end + Int64(whole.completion.count)
        if packets > 0 {
            // Required even if nothing is cut off: the file may have allocated space behind its end.
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
