import Linux
import Testing

@Suite("Interfaces")
struct InterfaceTests {
    @Test("The loopback interface exists and is recognized")
    func loopback() throws {
        let loopback = try #require(try Interface.all().first { $0.name == "lo" })
        #expect(loopback.index == 1)
        #expect(loopback.isLoopback)
        #expect(try loopback.isStillUp() == loopback.isUp)
        var other = loopback
        other.name = "gone"
        #expect(try !other.isStillUp() && !loopback.isStill(other))
        other = loopback
        other.isUp.toggle()
        #expect(loopback.isStill(other))
    }

    @Test(
        "Seconds since 1970 convert to the calendar date",
        arguments: [
            (0, CalendarTime(year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0)),
            (951_827_696, CalendarTime(year: 2000, month: 2, day: 29, hour: 12, minute: 34, second: 56)),
            (1_795_348_846, CalendarTime(year: 2026, month: 11, day: 22, hour: 12, minute: 0, second: 46)),
            (4_102_444_799, CalendarTime(year: 2099, month: 12, day: 31, hour: 23, minute: 59, second: 59)),
        ] as [(Int64, CalendarTime)])
    func calendar(seconds: Int64, utc: CalendarTime) {
        #expect(CalendarTime(secondsSince1970: seconds) == utc)
        #expect(utc.secondsSince1970 == seconds)
    }
}
