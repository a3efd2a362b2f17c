import Settings
import Testing

struct PointInTimeTests {
    /// 2026-11-22 12:00:46 UTC.
    private static let now: Int64 = 1_795_348_846_000_000_000

    /// Texts, and their offsets from `now` in seconds.
    private static let times: [(text: String, seconds: Int64)] = [
        ("now", 0), ("today", -43_246), ("yesterday", -129_646), ("2026-11-22", -43_246), ("2026-11-22T12:00:46Z", 0),
        ("2026-11-22 12:00:46", 0), ("2026-11-22T12:00", -46), ("12:00", -46), ("12:00:46", 0), ("12:01", 14),
        ("2026-11-22T13:00:46+01:00", 0), ("2026-11-22 06:30:46.0-05:30", 0), ("10min", -600), ("7 days", -604_800),
        ("1w", -604_800), ("1 hour", -3600), ("1970-01-01", -1_795_348_846),
    ]

    @Test("Times and ages are parsed", arguments: times) func timesAndAges(_ text: String, _ seconds: Int64) {
        #expect(PointInTime.nanoseconds(text, now: Self.now) == Self.now + seconds * 1_000_000_000)
    }

    @Test("Fractions of a second are parsed") func fractions() {
        #expect(PointInTime.nanoseconds("2026-11-22T12:00:46.5Z", now: 0) == Self.now + 500_000_000)
        #expect(PointInTime.nanoseconds("2026-11-22T12:00:46.000000001", now: 0) == Self.now + 1)
        #expect(PointInTime.nanoseconds("500ms", now: Self.now) == Self.now - 500_000_000)
    }

    @Test("An age that reaches behind 1970 means 1970") func longAge() {
        #expect(PointInTime.nanoseconds("36500d", now: Self.now) == 0)
    }

    @Test(
        "Any other text is not a time",
        arguments: [
            "", "10", "2026-02-30", "2026-11-22T", "2026-11-22T24:00", "2026-11-22  12:00", "26-11-22", "12", "12:0",
            "12:00:",
            "12:00.5", "12:00:00.", "2026-11-22T12:00:00.1234567890", "T12:00", "tomorrow", "2026-11-22T12:00Z+01:00",
            "2026-11-22T12:00+1:00", "2026-11-22T12:00+25:00", "12:00+01:00", "-1h", "12:60", "٢٠٢٦-11-22",
        ])
    func otherTexts(_ text: String) {
        #expect(PointInTime.nanoseconds(text, now: Self.now) == nil)
    }
}
