import Capture
import Control
import Ledger
import Linux
import Testing

@testable import Daemon

@Suite("The book of gaps")
struct ConditionBookTests {
    private static let names = EpisodeNames(start: Timestamp(nanosecondsSince1970: 1_800_000_000_000_000_000))

    private var book = ConditionBook(ConditionBookTests.names)
    private var history = LedgerHistory()

    private func moment(_ second: Int64) -> Timestamp { Timestamp(nanosecondsSince1970: second * 1_000_000_000) }

    private mutating func take(_ effects: [CoverageEffect]) {
        for case .write(let line, _) in effects { history.add(line) }
    }

    private mutating func see(_ places: [String: CaptureView.Place], _ wanted: String = "eth0", at second: Int64) {
        let view = CaptureView(
            capture: "dns", wanted: wanted, isPattern: wanted.contains("*"),
            named: Set(wanted.split(separator: ", ").filter { !$0.contains("*") }.map(String.init)), places: places)
        take(book.observe([view], at: moment(second)))
    }

    /// Cause, interface, beginning and end of each gap.
    private var gaps: [String] {
        history.gaps.map { gap in
            let end = gap.open ? "" : gap.to.map { "\($0.nanosecondsSince1970 / 1_000_000_000)" } ?? "?"
            return
                "\(gap.cause.rawValue) \(gap.interface ?? "-") \(gap.from.nanosecondsSince1970 / 1_000_000_000)-\(end)"
        }
    }

    @Test(
        "A missing interface is a gap, and so is a captured interface that disappears, until it is captured again"
    )
    mutating func comesAndGoes() {
        see([:], at: 1)
        see([:], at: 2)
        #expect(gaps == ["waiting eth0 1-"])
        see(["eth0": .opening], at: 3)
        #expect(gaps == ["waiting eth0 1-"])
        see(["eth0": .covered], at: 4)
        see(["eth0": .down], at: 5)
        see(["eth0": .covered], at: 6)
        see([:], at: 7)
        see(["eth0": .opening], at: 8)
        see(["eth0": .covered], at: 9)
        #expect(gaps == ["waiting eth0 1-4", "interface-gone eth0 5-6", "interface-gone eth0 7-9"])
    }

    @Test("A replaced tap leaves a gap, and a refusal lasts until the capture runs")
    mutating func replacedAndRefused() {
        see(["eth0": .covered], at: 1)
        see(["eth0": .opening], at: 2)
        see(["eth0": .covered], at: 3)
        see(["eth0": .refused], at: 4)
        see(["eth0": .opening], at: 5)
        see(["eth0": .covered], at: 6)
        #expect(gaps == ["interface-gone eth0 2-3", "refused eth0 4-6"])
    }

    @Test("With a pattern, interfaces leave a gap only while they are down, or when none is left")
    mutating func pattern() {
        see(["eth1": .down], "eth*", at: 1)
        see(["eth1": .down, "eth0": .covered], "eth*", at: 2)
        see(["eth1": .covered, "eth0": .down], "eth*", at: 3)
        see(["eth1": .covered], "eth*", at: 4)
        for second in 5..<300 { see(["eth1": .covered, "eth\(second)": .covered], "eth*", at: Int64(second)) }
        see([:], "eth*", at: 300)
        #expect(gaps == ["waiting eth* 1-2", "interface-gone eth0 3-4", "interface-gone eth* 300-"])
    }

    @Test("Beside a pattern, each name leaves a gap while its interface is missing, before and after it was captured")
    mutating func namesBesidePattern() {
        let wanted = "eth0, wl*"
        see(["eth0": .down, "wl0": .covered], wanted, at: 1)
        see(["eth0": .covered, "wl0": .covered], wanted, at: 2)
        see(["eth0": .down], wanted, at: 3)
        see(["eth0": .down, "wl0": .down], wanted, at: 4)
        #expect(gaps == ["waiting eth0 1-2", "interface-gone eth0 3-"])
    }

    @Test("A clean stop and the next start leave a gap of cause restart, and a stopped daemon leaves an open one")
    mutating func restart() {
        see(["eth0": .covered], at: 1)
        take(book.stopped(at: moment(10)))
        #expect(gaps == ["stopped - 10-"])
        book = ConditionBook(EpisodeNames(start: moment(11)))
        take(book.opened("dns", history, repaired: nil))
        see(["eth0": .opening], at: 12)
        see(["eth0": .covered], at: 13)
        #expect(gaps == ["restart - 10-13"])
    }

    @Test(
        "The gap of a crash begins with the last line or repaired packet, and unseen ends of episodes are unknown"
    )
    mutating func crash() throws {
        see([:], at: 1)
        let loss = Gap(
            episode: "x", cause: .ring, scope: .tap, interface: "eth0", worker: 0, from: moment(3), to: moment(4),
            packets: 5, open: true)
        history.add(LedgerLine(loss, .begin))
        history.add(.alive(until: moment(6)))
        var repaired = self
        for (repair, from) in [(nil, 6), (moment(5), 6), (moment(8), 8)] as [(Timestamp?, Int)] {
            repaired = self
            repaired.book = ConditionBook(EpisodeNames(start: moment(11)))
            repaired.see(["eth0": .covered], at: 12)
            repaired.take(repaired.book.opened("dns", repaired.history, repaired: repair))
            #expect(repaired.gaps == ["waiting eth0 1-6", "ring eth0 3-4", "crash - \(from)-12"])
            #expect(repaired.history.gaps.allSatisfy { $0.packets == nil && !$0.open })
        }
    }

    @Test("A capture that a reload removes has a gap until it returns, and a new ledger has no gap")
    mutating func reload() {
        take(book.opened("dns", LedgerHistory(), repaired: nil))
        see(["eth0": .covered], at: 1)
        take(book.suspended("dns", on: "eth0", at: moment(2)))
        take(book.left(["dns"], at: moment(3)))
        #expect(gaps == ["suspended eth0 2-3", "reload - 3-"])
        let before = history
        take(book.opened("dns", before, repaired: nil))
        see(["eth0": .covered], at: 5)
        #expect(gaps == ["suspended eth0 2-3", "reload - 3-5"])
    }

    @Test("A capture with two writers is suspended from the first suspension to the last resumption")
    mutating func suspended() {
        take(book.suspended("dns", on: "eth0", at: moment(1)))
        take(book.suspended("dns", on: "eth0", at: moment(2)))
        take(book.resumed("dns", on: "eth0", at: moment(3)))
        #expect(book.open(of: "dns").map(\.cause) == [.suspended])
        take(book.resumed("dns", on: "eth0", at: moment(4)))
        take(book.resumed("dns", on: "eth0", at: moment(5)))
        #expect(gaps == ["suspended eth0 1-4"] && book.open(of: "dns").isEmpty)
    }

    @Test("A clock that is set is detected, and a slewed clock is not")
    func clock() throws {
        var clock = ClockWatch()
        let second: Int64 = 1_000_000_000
        #expect(clock.step(monotonic: 0, wall: Timestamp(nanosecondsSince1970: 100 * second)) == nil)
        let slewed = Timestamp(nanosecondsSince1970: 3700 * second + second)
        #expect(clock.step(monotonic: UInt64(3600 * second), wall: slewed) == nil)
        let found = clock.step(monotonic: UInt64(3601 * second), wall: Timestamp(nanosecondsSince1970: 50 * second))
        let step = try #require(found)
        #expect(
            step.from == Timestamp(nanosecondsSince1970: 3702 * second)
                && step.to == Timestamp(nanosecondsSince1970: 50 * second))
        #expect(clock.step(monotonic: UInt64(3602 * second), wall: Timestamp(nanosecondsSince1970: 51 * second)) == nil)
    }
}
