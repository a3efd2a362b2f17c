import Capture
import Control
import Linux

/// What the service manager hears at regular times: that every thread goes on, and how the daemon is. Without a service
/// manager there is none, and nothing wakes up.
struct WatchdogFeeder {
    private let manager: ServiceManager
    private var pulse = HangDetector()
    private var health = StatusLine()
    private var said = ""

    init(_ manager: ServiceManager) { self.manager = manager }

    /// Nanoseconds from one to the next: a service manager that restarts a silent daemon hears it three times before.
    static func interval(_ manager: ServiceManager) -> UInt64 { min(5_000_000_000, (manager.watchdog ?? .max) / 3) }

    /// Says it. A thread that hangs makes the daemon silent, so that it is started anew.
    mutating func beat(_ status: Status, _ taps: Taps, refused: Bool) {
        let threads = taps.all.flatMap { tap in
            tap.steps.map { HangDetector.Thread(tap: tap.index, name: $0.thread, step: $0.step) }
        }
        let finding = pulse.look(at: threads, now: Clock.monotonic())
        if finding.hanging.isEmpty { manager.alive() }
        let sentence = health.sentence(status, finding, refused: refused)
        if sentence != said { manager.status(sentence) }
        said = sentence
    }
}
