import Linux
import Segments
import Synchronization
import SystemPackage

/// The free-space reserve of every file system, and the captures whose segments expire to preserve it. Shared by all
/// captures of the daemon.
///
/// A writer asks before it creates a segment and before the segment grows. If the step would use the reserve of bytes
/// or of inodes, the oldest sealed segments on the same file system expire first, of any capture that has a `keep`
/// rule. Segments of a capture without such a rule never expire. If none is left to expire, the writer is refused.
/// Cost: one statvfs(3) per segment and per 64 MiB at most; one look at every capture per segment that expires.
package final class FreeSpaceGuard: Sendable {
    private struct State {
        /// The reserve, in bytes.
        var bytes: Int64 = 0
        /// One catalog per capture.
        var retentions: [SegmentCatalog] = []
    }

    private let state = Mutex(State())
    /// Receives every removal, on the thread that removes.
    let report: CaptureReport

    /// A reserve of 0 bytes, until `change`.
    package init(report: @escaping CaptureReport = { _ in }) { self.report = report }

    /// Sets the reserve, in bytes, of every file system that captures write to, and the captures that give way for it.
    package func change(to bytes: Int64, over retentions: [SegmentCatalog]) {
        state.withLock { $0 = State(bytes: bytes, retentions: retentions) }
    }

    /// Makes room on `disk` for `count` more bytes in the file at `path`, a segment of `capture`. Throws ENOSPC if no
    /// segment is left that may expire.
    func makeRoom(
        for count: Int64, on disk: FileSystem, of path: String, capture: String
    ) throws(SystemError) {
        let reserved = state.withLock { $0.bytes }
        var missing = reserved + count - disk.free
        while missing > 0 {
            guard let retention = giver(on: disk) else {
                throw SystemError(
                    "write to", path, .noSpace,
                    advice:
                        "\(disk.free) bytes are free, 'free-space' reserves \(reserved), and no older segment can "
                        + "expire")
            }
            missing -= retention.removeOldest(.freeSpace, for: capture).bytes
        }
    }

    /// Makes room on `disk` for the file at `path`, a segment of `capture`, and for some files after it. Throws ENOSPC
    /// if the file system has no inode and no segment is left that may expire.
    func makeRoomForFile(on disk: FileSystem, of path: String, capture: String) throws(SystemError) {
        guard let files = disk.files else { return }
        var missing = 1 + FreeSpaceGuard.spareFiles(of: files.total) - files.free
        while missing > 0, let retention = giver(on: disk) {
            missing -= retention.removeOldest(.inodes, for: capture).count
        }
        if missing > FreeSpaceGuard.spareFiles(of: files.total) {
            throw SystemError(
                "create", path, .noSpace,
                advice:
                    "the file system has no free inode, although \(disk.free) bytes are free, and no older segment "
                    + "can expire")
        }
    }

    /// The reserve of inodes on a file system that has `total` of them: a hundredth, from 2 to 1000.
    private static func spareFiles(of total: Int64) -> Int64 { min(max(2, total / 100), 1000) }

    /// The device of each directory, as of its adoption or its newest segment.
    var devices: [String: UInt64] {
        let retentions = state.withLock { $0.retentions }
        return Dictionary(retentions.map { ($0.path, $0.device) }) { first, _ in first }
    }

    /// The capture whose oldest segment is the oldest on `disk` that may expire. Asks no other disk, since that might
    /// not answer (I15).
    private func giver(on disk: FileSystem) -> SegmentCatalog? {
        let candidates = state.withLock { $0.retentions }.filter { $0.device == disk.device }
        return candidates.compactMap { retention in retention.oldestExpendable.map { ($0, retention) } }
            .min { $0.0 < $1.0 }?.1
    }
}
