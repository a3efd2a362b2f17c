import Settings
import Testing

struct PointInTimeTests {
    /// 2026-11-22 12:00:46 UTC.
    private static let now: Int64 = 1_795_348_846_000_000_000
    private static let second: Int64 = 1_000_000_000
    private static let midnight = now - (12 * 3600 + 46) * second

    @Test(arguments: [
        ("now", now), ("today", midnight), ("yesterday", midnight - 86_400 * second),
        ("2026-11-22", midnight), ("2026-11-22T12:00:46Z", now), ("2026-11-22 12:00:46", now),
        ("2026-11-22T12:00", now - 46 * second), ("12:00", now - 46 * second), ("12:00:46", now),
        ("2026-11-22T12:00:46.5Z", now + second / 2), ("2026-11-22T12:00:46.000000001Z", now + 1),
        ("1970-01-01", 0), ("10min", now - 600 * second), ("7 days", now - 604_800 * second),
        ("1w", now - 604_800 * second), ("500ms", now - second / 2),
    ])
    func `times and ages`(_ text: String, _ expected: Int64) {
        #expect(PointInTime.nanoseconds(text, now: Self.now) == expected)
    }

    @Test func `an age beyond 1970 is the beginning of it`() {
        #expect(PointInTime.nanoseconds("36500d", now: Self.now) == 0)
    }

    @Test(arguments: [
        "", "10", "2026-02-30", "2026-11-22T", "2026-11-22T24:00", "2026-11-22  12:00", "26-11-22", "12", "12:0",
        "12:00:",
        "12:00.5", "12:00:00.", "2026-11-22T12:00:00.1234567890", "T12:00", "tomorrow", "-1h", "12:60", "٢٠٢٦-11-22",
    ])
    func `anything else is no time`(_ text: String) {
        #expect(PointInTime.nanoseconds(text, now: Self.now) == nil)
    }
}
