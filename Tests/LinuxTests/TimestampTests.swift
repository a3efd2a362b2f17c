import Linux
import Testing

/// Points in time: to the nanosecond, and as the text that the interfaces use.
struct TimestampTests {
    @Test(
        "a time is the same as a number and as text",
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (1_795_348_846_123_456_789, "2026-11-22T12:00:46.123456789Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"), (.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)])
    func timeSameNumberText(nanoseconds: Int64, text: String) throws {
        let time = Timestamp(nanosecondsSince1970: nanoseconds)
        #expect("\(time)" == text)
        #expect(Timestamp(text) == time)
        #expect(time.nanoseconds < 1_000_000_000)
        // The second in which the numbers begin has no whole number of nanoseconds.
        if nanoseconds != .min { #expect(time.nanosecondsSince1970 == nanoseconds) }
    }

    @Test(arguments: [
        (Int64.min, UInt32(0), "0000-01-01T00:00:00.000000000Z"), (.max, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        (253_402_300_800, 0, "9999-12-31T23:59:59.999999999Z"), (-62_167_219_201, 5, "0000-01-01T00:00:00.000000000Z"),
    ])
    func `a time that four digits cannot name is written as the nearest that they can`(
        seconds: Int64, nanoseconds: UInt32, text: String
    ) {
        let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
        #expect("\(time)" == text && Timestamp(text) != nil)
        #expect(abs(time.nanosecondsSince1970) == .max / 2 || time.nanosecondsSince1970 == .min / 2)
    }

    @Test(
        "no other text is a time",
        arguments: [
            "", "2026-11-22T12:00:46Z", "2026-11-22T12:00:46.123Z", "2026-11-31T12:00:46.123456789Z",
            "2026-11-22 12:00:46.123456789Z", "2026-11-22T12:00:46.123456789", "2026-11-22T24:00:46.123456789Z",
            "-026-11-22T12:00:46.123456789Z", "2026-11-22T12:00:46.9999999999Z", "12026-11-22T12:00:46.123456789Z",
        ])
    func noTextTime(text: String) { #expect(Timestamp(text) == nil) }

    @Test("times are in order")
    func timesOrder() {
        let times = [(-2, 999_999_999), (-1, 0), (0, 0), (0, 1), (1, 0)].map {
            Timestamp(seconds: $0.0, nanoseconds: $0.1)
        }
        #expect(
            times.sorted() == times && times.map(\.nanosecondsSince1970).sorted() == times.map(\.nanosecondsSince1970))
    }
}
