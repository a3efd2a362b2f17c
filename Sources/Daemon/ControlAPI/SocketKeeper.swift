import Linux
import Logging

/// Recreates the control socket when another process deletes its file: a clean-up of /run must not make the daemon
/// unreachable.
///
/// Its thread sleeps until a file leaves the directory.
final class SocketKeeper: Sendable {
    private let stop: WakeupFlag
    private let thread: DedicatedThread

    /// The socket to keep. The keeper's thread calls the closures.
    struct Duty: Sendable {
        let path: String
        /// Whether the socket's file exists.
        let isThere: @Sendable () -> Bool
        /// Recreates the socket and serves it.
        let make: @Sendable () throws(SystemError) -> Void
    }

    init(_ duty: Duty, log: Logger) throws(SystemError) {
        let stop = try WakeupFlag()
        self.stop = stop
        thread = try DedicatedThread("socket", state: duty) { duty in
            SocketKeeper.keep(duty, until: stop, log: log)
        }
    }

    deinit { stop.raise() }

    private static func keep(_ duty: Duty, until stop: WakeupFlag, log: Logger) {
        let folder = String(duty.path[..<(duty.path.lastIndex(of: "/") ?? duty.path.startIndex)])
        var isMissing = false
        while !stop.isRaised {
            do throws(SystemError) {
                if !duty.isThere() {
                    try duty.make()
                    log.notice("recreated \(duty.path), which another process removed", metadata: .about(.listening))
                    isMissing = false
                }
                // A new watch each time, because the directory may be another one; and before the check, so that no
                // change is missed.
                let watch = try FolderWatch(folder.isEmpty ? "/" : folder)
                if duty.isThere() { _ = poll([watch.number, stop.number, -1], timeout: nil) }
            } catch {
                if !isMissing {
                    log.error(
                        "cannot recreate the control socket: \(error); retrying every 5 s",
                        metadata: .about(.listening, cause: "\(error.errno)"))
                }
                isMissing = true
                _ = poll([stop.number, -1, -1], timeout: 5_000_000_000)
            }
        }
    }
}
