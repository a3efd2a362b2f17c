import Capture

/// Detects hanging threads for clients that ask whether the daemon is alive, as the watchdog does for systemd.
///
/// Clients ask as often as they like, but a thread that is at the same step after a microsecond does not hang. So two
/// checks are at least `interval` apart; in between, the last result holds.
struct Liveness {
    /// Nanoseconds between two checks.
    static let interval: UInt64 = 5_000_000_000

    private var detector = HangDetector()
    private var last: (time: UInt64, hanging: [String])?

    /// The threads that hang at `now`, by the monotonic clock.
    mutating func hanging(among threads: [HangDetector.Thread], now: UInt64) -> [String] {
        if let last, now < last.time + Liveness.interval { return last.hanging }
        let hanging = detector.look(at: threads, now: now).hanging
        last = (now, hanging)
        return hanging
    }
}
