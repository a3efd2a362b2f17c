import Linux
import Segments
import Synchronization
import SystemPackage

/// The space that is always left on a file system, and who gives way for it: shared by all captures of the daemon.
///
/// A segment asks before it grows, and before it is made. When that would take from the reserve of bytes or of files (inodes),
/// the oldest sealed segments on the same file system go first, whichever capture they belong to; but only of captures whose
/// rule lets segments go at all (`keep`): what was promised to stay stays, and the capture that wants to write is refused. Cost:
/// one statvfs(3) for up to 64 MiB, and one for a segment; a look at every capture for each segment that has to go.
package final class FreeSpaceGuard: Sendable {
    private struct State {
        /// Bytes that are never taken.
        var bytes: Int64 = 0
        /// Of every capture.
        var retentions: [SegmentCatalog] = []
    }

    private let state = Mutex(State())
    /// Where retention tells what it does.
    let report: CaptureReport

    /// Nothing, until it is said how much.
    package init(report: @escaping CaptureReport = { _ in }) { self.report = report }

    /// From now on it is so large, on every file system that captures write to, and these captures give way for it.
    package func change(to bytes: Int64, over retentions: [SegmentCatalog]) {
        state.withLock { $0 = State(bytes: bytes, retentions: retentions) }
    }

    /// Sees to it that a file on `disk` can grow by `count` bytes; throws when nothing is left that could go. `path` is the file,
    /// a segment of `capture`.
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
                        "\(disk.free) bytes are free, of which free-space: leaves \(reserved) alone, and no older "
                        + "segment may go")
            }
            missing -= retention.removeOldest(.freeSpace, for: capture).bytes
        }
    }

    /// Sees to it that a file can be made on `disk`, and that some can be made after it; throws when none can, and nothing is
    /// left that could go. `path` is the file, a segment of `capture`.
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
                    "the file system has no inode left for another file, though \(disk.free) bytes are free, and no older "
                    + "segment may go")
        }
    }

    /// So many files can always be made on a file system with room for `total`: a hundredth, from 2 to 1000.
    private static func spareFiles(of total: Int64) -> Int64 { min(max(2, total / 100), 1000) }

    /// The device of each directory, as of its adoption or its last segment.
    var devices: [String: UInt64] {
        let retentions = state.withLock { $0.retentions }
        return Dictionary(retentions.map { ($0.path, $0.device) }) { first, _ in first }
    }

    /// Whose oldest segment is the oldest on `disk` that may go. No other disk is asked: it may not answer.
    private func giver(on disk: FileSystem) -> SegmentCatalog? {
        let candidates = state.withLock { $0.retentions }.filter { $0.device == disk.device }
        return candidates.compactMap { retention in retention.oldestExpendable.map { ($0, retention) } }
            .min { $0.0 < $1.0 }?.1
    }
}
