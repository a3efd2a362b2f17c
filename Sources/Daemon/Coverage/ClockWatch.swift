import Control

/// Notices that the wall clock was set, or the machine slept: against the monotonic clock it went too far, or back.
struct ClockWatch {
    /// Nanoseconds that are no step: a clock that is slewed goes up to half a millisecond a second wrong, and nobody may look for
    /// an hour.
    private static let tolerance: Int64 = 2_000_000_000

    /// How far the wall clock was ahead of the monotonic one when they were compared last.
    private var offset: Int64?

    /// What the clock was set from, and to, since it was looked at last; nil when it was not.
    mutating func step(monotonic: UInt64, wall: Moment) -> (from: Moment, to: Moment)? {
        let now = wall.nanoseconds - Int64(monotonic)
        defer { offset = now }
        guard let offset, abs(now - offset) > ClockWatch.tolerance else { return nil }
        return (Moment(nanoseconds: Int64(monotonic) + offset), wall)
    }
}
