import Linux
import Logging

/// Makes the control socket again when somebody removes its file: a clean-up of /run must not leave the daemon without commands.
///
/// A thread of its own sleeps until a file leaves the folder.
final class SocketKeeper: Sendable {
    private let stop: WakeupFlag
    private let thread: DedicatedThread

    /// What to do about the socket. Called by the keeper's thread.
    struct Duty: Sendable {
        let path: String
        /// Whether the socket's file is there.
        let isThere: @Sendable () -> Bool
        /// Makes the socket again, and serves it.
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
                    log.notice("\(duty.path) was removed, and is made again", metadata: .about(.listening))
                    isMissing = false
                }
                // Each time, as the folder may be another one; and before the last look, so that nothing goes unseen.
                let watch = try FolderWatch(folder.isEmpty ? "/" : folder)
                if duty.isThere() { _ = poll([watch.number, stop.number, -1], timeout: nil) }
            } catch {
                if !isMissing {
                    log.error(
                        "the control socket is gone: \(error); tried again every 5 s",
                        metadata: .about(.listening, cause: "\(error.errno)"))
                }
                isMissing = true
                _ = poll([stop.number, -1, -1], timeout: 5_000_000_000)
            }
        }
    }
}
