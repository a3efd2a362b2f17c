import Linux
import Segments
import Testing

@Suite("The order in which segments expire")
struct InventoryTests {
    /// The state of a correct clock, `seconds` after the start of the tests; the system started one day before them.
    private static let start: Int64 = 1_800_000_000
    private static func instant(_ seconds: Int64, clockError: Int64 = 0) -> Instant {
        Instant(wall: (start + seconds + clockError) * 1_000_000_000, elapsed: (86_400 + seconds) * 1_000_000_000)
    }

    private func name(_ seconds: Int64, of interface: String = "eth0") -> SegmentName {
        SegmentName(
            capture: "dns", interface: interface,
            start: Timestamp(seconds: InventoryTests.start + seconds, nanoseconds: 0))
    }

    private func found(_ seconds: Int64, changed: Int64) -> Adoption.Sealed {
        Adoption.Sealed(name: name(seconds), size: 100, changed: InventoryTests.start + changed)
    }

    /// Seals a segment that was opened `length` seconds ago, with a clock that is ahead by `clockError`.
    private func seal(
        _ holdings: inout Inventory, at second: Int64, length: Int64 = 1, size: Int64 = 100, clockError: Int64 = 0
    ) {
        let now = InventoryTests.instant(second, clockError: clockError)
        holdings.add(
            name(second - length + clockError), size: size, opened: now.elapsed - length * 1_000_000_000, at: now)
    }

    private func seconds(_ segments: some Sequence<Inventory.Held>) -> [Int64] {
        segments.map { $0.name.start.seconds - InventoryTests.start }
    }

    private static let years: Int64 = 10 * 365 * 86_400

    @Test("Segments named in the future expire before all sealed ones", arguments: [-1000, years])
    func future(changed: Int64) {
        // Both cases occur: the file's modification time is as far in the future as its name, or in the past.
        let all = (1...5).map { found(InventoryTests.years + $0, changed: changed) } + [found(-500, changed: -400)]
        var holdings = Inventory(RetentionRule(files: 5), found: all, at: InventoryTests.instant(0))
        #expect(holdings.misdated == 5)
        for second in 1...4 { seal(&holdings, at: Int64(second)) }
        let expired = holdings.expire(at: InventoryTests.instant(5)).map(\.segment)
        #expect(seconds(expired) == (1...5).map { InventoryTests.years + $0 })
        #expect(seconds(holdings.segments) == [-500, 0, 1, 2, 3])
    }

    @Test("Segments named in the future expire by the time at which they were written or found")
    func futureAge() {
        let years = InventoryTests.years
        let all = [found(years, changed: -100), found(years + 1, changed: years)]
        var holdings = Inventory(RetentionRule(age: 200), found: all, at: InventoryTests.instant(0))
        #expect(holdings.expire(at: InventoryTests.instant(99)).isEmpty)
        #expect(seconds(holdings.expire(at: InventoryTests.instant(101)).map(\.segment)) == [InventoryTests.years])
        #expect(holdings.delay(at: InventoryTests.instant(101)) == 99_000_000_001)
        #expect(seconds(holdings.expire(at: InventoryTests.instant(201)).map(\.segment)) == [InventoryTests.years + 1])
    }

    @Test("A clock that is set back while segments are sealed does not change which ones are the newest")
    func setBack() {
        var holdings = Inventory(RetentionRule(files: 3, age: 3600), found: [], at: InventoryTests.instant(0))
        for second in 1...3 { seal(&holdings, at: Int64(second), clockError: InventoryTests.years) }
        for second in 4...5 { seal(&holdings, at: Int64(second)) }
        let expired = holdings.expire(at: InventoryTests.instant(6)).map(\.segment)
        #expect(seconds(expired) == [InventoryTests.years, InventoryTests.years + 1])
        #expect(seconds(holdings.segments) == [InventoryTests.years + 2, 3, 4])
        // Each of them expires an hour after its first packet.
        #expect(holdings.expire(at: InventoryTests.instant(3600)).isEmpty)
        #expect(holdings.expire(at: InventoryTests.instant(3603)).count == 1)
    }

    @Test("A clock that is set forward makes no segment older")
    func setForwards() {
        let all = [found(-100, changed: -99)]
        var holdings = Inventory(RetentionRule(age: 3600), found: all, at: InventoryTests.instant(0))
        seal(&holdings, at: 1)
        #expect(holdings.expire(at: InventoryTests.instant(2, clockError: InventoryTests.years)).isEmpty)
        #expect(holdings.expire(at: InventoryTests.instant(3501, clockError: InventoryTests.years)).count == 1)
    }

    @Test("Segments found under a clock that was ahead become younger when the clock is corrected")
    func startedAhead() {
        let ahead = InventoryTests.instant(0, clockError: 7200)
        var holdings = Inventory(RetentionRule(age: 9000), found: [found(-3600, changed: -3500)], at: ahead)
        #expect(holdings.expire(at: InventoryTests.instant(5399)).isEmpty)
        #expect(holdings.expire(at: InventoryTests.instant(5401)).count == 1)
    }

    @Test("Names count again when a clock that was behind at the start is corrected")
    func startedBehind() {
        let behind = InventoryTests.instant(0, clockError: -InventoryTests.years)
        let all = [found(-100, changed: -99), found(-300, changed: -299), found(-200, changed: -199)]
        var holdings = Inventory(RetentionRule(files: 3, age: 3600), found: all, at: behind)
        #expect(holdings.misdated == 3)
        seal(&holdings, at: 1, clockError: -InventoryTests.years)
        // Names decide while nothing better is known. The segment sealed under the wrong clock is the newest.
        #expect(seconds(holdings.expire(at: behind).map(\.segment)) == [-300])
        #expect(holdings.expire(at: InventoryTests.instant(3399)).isEmpty && holdings.misdated == 0)
        #expect(seconds(holdings.expire(at: InventoryTests.instant(3401)).map(\.segment)) == [-200])
    }

    @Test("The newest sealed segment stays until the next one is sealed, however small the rule")
    func tooSmall() {
        var holdings = Inventory(RetentionRule(size: 50), found: [], at: InventoryTests.instant(0))
        for second in 1...3 {
            seal(&holdings, at: Int64(second))
            #expect(holdings.expire(at: InventoryTests.instant(Int64(second))).count == (second == 1 ? 0 : 1))
            #expect(seconds(holdings.segments) == [Int64(second) - 1] && holdings.delay(at: .now) == nil)
        }
    }

    @Test("A segment that covers more time than its age limit expires that long after it was sealed")
    func tooLong() {
        var holdings = Inventory(RetentionRule(age: 1800), found: [], at: InventoryTests.instant(0))
        seal(&holdings, at: 3600, length: 3600)
        #expect(holdings.expire(at: InventoryTests.instant(3600)).isEmpty)
        #expect(holdings.delay(at: InventoryTests.instant(3600)) == 1_800_000_000_001)
        #expect(holdings.expire(at: InventoryTests.instant(5401)).map(\.reason) == [.age])
    }

    @Test("With several interfaces, the segment sealed last is the newest, however long it was open")
    func longOpen() {
        var holdings = Inventory(RetentionRule(files: 2), found: [], at: InventoryTests.instant(0))
        for second in 1...3 { seal(&holdings, at: Int64(second)) }
        seal(&holdings, at: 4, length: 4)
        #expect(seconds(holdings.expire(at: InventoryTests.instant(4)).map(\.segment)) == [0, 1])
        #expect(seconds(holdings.segments) == [2, 0])
    }

    @Test("A smaller rule expires segments at once")
    func smaller() {
        let all = (1...10).map { found(-$0 * 10, changed: -$0 * 10) }
        var holdings = Inventory(RetentionRule(files: 10), found: all, at: InventoryTests.instant(0))
        #expect(holdings.delay(at: InventoryTests.instant(0)) == nil)
        for (rule, left) in [(RetentionRule(files: 8), 8), (RetentionRule(size: 600), 6), (RetentionRule(age: 35), 3)] {
            holdings.rule = rule
            #expect(holdings.delay(at: InventoryTests.instant(0)) == 0)
            _ = holdings.expire(at: InventoryTests.instant(0))
            #expect(holdings.segments.count == left && holdings.bytes == Int64(left) * 100)
        }
    }

    @Test("Segments with names from any year and files from any time are counted")
    func extremes() throws {
        let names = try ["00000101T000000.000000Z", "99991231T235959.999999Z", "19700101T000000.000000Z"].map { text in
            SegmentName(capture: "dns", interface: "eth0", start: try #require(Timestamp(compact: text)))
        }
        let all = names.flatMap { name in
            [Int64.min, 0, .max].map { Adoption.Sealed(name: name, size: 1, changed: $0) }
        }
        var holdings = Inventory(RetentionRule(age: 36_500 * 86_400), found: all, at: InventoryTests.instant(0))
        #expect(holdings.segments.count == 9 && holdings.misdated == 3)
        #expect(holdings.expire(at: InventoryTests.instant(1)).count == 3)
    }

    @Test("A forecast reports what would expire, and how far back a rule reaches at the current rate")
    func forecast() {
        // 100 bytes per hour.
        let all = (1...10).map { found(-$0 * 3600, changed: -$0 * 3600 + 3599) }
        let forecast = KeepForecast(RetentionRule(size: 450, age: 8 * 3600), for: all, at: InventoryTests.instant(0))
        #expect(forecast.segments == 10 && forecast.removed == 6 && forecast.removedBytes == 600)
        #expect(forecast.reasons == [.size, .age])
        #expect(forecast.rate == 100.0 / 3600 && forecast.reach == 4.5 * 3600)
        let files = KeepForecast(RetentionRule(files: 20), for: all, at: InventoryTests.instant(0))
        #expect(files.removed == 0 && files.reach == 20 * 3600)
        #expect(KeepForecast(RetentionRule(files: 1), for: Array(all.prefix(1))).reach == nil)
    }
}
