import Capture
import Control
import Linux

/// The regular messages to the service manager: the watchdog's keep-alive and the status. Without a service manager
/// none are sent, and an idle daemon does not wake up (I19).
struct WatchdogFeeder {
    private let manager: ServiceManager
    private var pulse = HangDetector()
    private var health = StatusLine()
    private var said = ""

    init(_ manager: ServiceManager) { self.manager = manager }

    /// Nanoseconds between two messages: three fit into the service manager's limit.
    static func interval(_ manager: ServiceManager) -> UInt64 { min(5_000_000_000, (manager.watchdog ?? .max) / 3) }

    /// Sends the messages. If a thread hangs, the keep-alive is left out, so that systemd restarts the daemon.
    mutating func beat(_ status: Status, _ taps: Taps, refused: Bool) {
        let finding = pulse.look(at: taps.threads, now: Clock.monotonic())
        if finding.hanging.isEmpty { manager.alive() }
        let sentence = health.sentence(status, finding, refused: refused)
        if sentence != said { manager.status(sentence) }
        said = sentence
    }
}
