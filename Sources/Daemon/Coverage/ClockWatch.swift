import Control
import Linux

/// Detects that the wall clock was set or that the machine slept, by comparison with the monotonic clock.
struct ClockWatch {
    /// Nanoseconds that do not count as a step. A slewed clock deviates by up to half a millisecond per second, and
    /// an hour may pass between two comparisons.
    private static let tolerance: Int64 = 2_000_000_000

    /// Offset of the wall clock from the monotonic clock at the last comparison, in nanoseconds.
    private var offset: Int64?

    /// The step of the clock since the last comparison: what it would show, and what it shows; nil if there was none.
    mutating func step(monotonic: UInt64, wall: Timestamp) -> (from: Timestamp, to: Timestamp)? {
        let now = wall.nanosecondsSince1970 - Int64(monotonic)
        defer { offset = now }
        guard let offset, abs(now - offset) > ClockWatch.tolerance else { return nil }
        return (Timestamp(nanosecondsSince1970: Int64(monotonic) + offset), wall)
    }
}
