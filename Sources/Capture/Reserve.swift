import Linux
import Synchronization
import SystemPackage

/// The space that is always left on a file system, and who gives way for it: shared by all captures of the daemon.
///
/// A segment asks before it grows. When that would take from the reserve, the oldest sealed segments on the same file
/// system go first, whichever capture they belong to; but only of captures whose rule lets segments go at all (`keep`): what
/// was promised to stay stays, and the capture that wants to write is refused. Cost: one statvfs(3) for up to 64 MiB;
/// a look at every capture for each segment that has to go.
package final class Reserve: Sendable {
    private struct State {
        /// Bytes that are never taken.
        var bytes: Int64 = 0
        /// Of every capture.
        var retentions: [Retention] = []
    }

    private let state = Mutex(State())

    /// Nothing, until it is said how much.
    package init() {}

    /// From now on it is so large, on every file system that captures write to, and these captures give way for it.
    package func change(to bytes: Int64, over retentions: [Retention]) {
        state.withLock { $0 = State(bytes: bytes, retentions: retentions) }
    }

    /// Sees to it that a file on `disk` can grow by `count` bytes; throws when nothing is left that could go. `path` is the file.
    func makeRoom(for count: Int64, on disk: FileSystem, of path: String) throws(SystemError) {
        let state = state.withLock { $0 }
        var missing = state.bytes + count - disk.free
        while missing > 0 {
            let candidates = state.retentions.filter { $0.device == disk.device }
            let oldest = candidates.compactMap { retention in retention.oldestExpendable.map { ($0, retention) } }
                .min { $0.0 < $1.0 }
            guard let (_, retention) = oldest else {
                throw SystemError(
                    "write to", path, .noSpace,
                    advice:
                        "\(disk.free) bytes are free, of which free-space: leaves \(state.bytes) alone, and no older "
                        + "segment may go")
            }
            missing -= try retention.removeOldest()
        }
    }
}
