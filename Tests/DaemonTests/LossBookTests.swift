import Control
import Ledger
import Linux
import TestSupport
import Testing

@testable import Capture
@testable import Daemon

@Suite("The book of drops")
struct LossBookTests {
    private static let names = EpisodeNames(start: Timestamp(nanosecondsSince1970: 1_800_000_000_000_000_000))

    private func subject(tap: Int = 1, capture: String? = nil) -> LossSubject {
        LossSubject(tap: tap, worker: 0, interface: "eth0", capture: capture)
    }

    /// The lines that the ledgers get.
    private static func lines(_ effects: [CoverageEffect]) -> [(line: LedgerLine, captures: [String])] {
        effects.compactMap { if case .write(let line, let captures) = $0 { (line, captures) } else { nil } }
    }

    @Test(
        "A tap's episode is in the ledger of each capture of the tap, as one episode with a beginning and an end")
    func shared() throws {
        var book = LossBook(LossBookTests.names)
        let meter = TestMeter(.ring, subject())
        meter.lose(7, from: 100, to: 200)
        let begun = book.began(meter.meter, subject(), captures: ["dns", "web"], now: 0)
        let begin = try #require(LossBookTests.lines(begun).first)
        #expect(begin.captures == ["dns", "web"] && begin.line.event == .begin && begin.line.scope == .tap)
        #expect(begin.line.packets == 7 && begin.line.from == Timestamp(nanosecondsSince1970: 100) && !book.isIdle)
        #expect(begun.count == 2 && book.open(of: "web").map(\.packets) == [7] && book.open(of: "other").isEmpty)
        // The same report again has no effect.
        #expect(book.began(meter.meter, subject(), captures: ["dns", "web"], now: 0).isEmpty)
        meter.lose(5, from: 300, to: 400)
        #expect(book.open(of: "dns").map(\.packets) == [12])
        let ended = book.look(now: Clock.monotonic() + 2 * LossBook.quiet)
        let end = try #require(LossBookTests.lines(ended).first)
        #expect(end.line.event == .end && end.line.episode == begin.line.episode && end.line.packets == 12)
        #expect(end.line.to == Timestamp(nanosecondsSince1970: 400) && book.isIdle && book.open(of: "dns").isEmpty)
        #expect(
            book.last == ["dns": Timestamp(nanosecondsSince1970: 400), "web": Timestamp(nanosecondsSince1970: 400)])
    }

    @Test("An open episode writes an alive line every ten seconds, and not more often")
    func alive() {
        var book = LossBook(LossBookTests.names)
        let meter = TestMeter(.disk, subject(capture: "dns"))
        let start = Clock.monotonic()
        meter.lose(1, from: 1, to: 2)
        // The book's clock starts far in the past: by the meter's own clock the drop is recent, so the episode stays
        // open.
        var now = start - start / 2
        _ = book.began(meter.meter, subject(capture: "dns"), captures: ["dns"], now: now)
        for round in 1...3 {
            #expect(book.look(now: now).isEmpty)
            now += LossBook.aliveInterval
            let said = LossBookTests.lines(book.look(now: now))
            #expect(said.map(\.line.event) == [.alive] && said.first?.line.packets == 1, "round \(round)")
        }
    }

    @Test("With any sequence of events, distinct episodes sum to the counters after every step")
    func identity() {
        for stream in 0..<60 {
            var random = SeededGenerator(stream: UInt64(stream))
            var book = LossBook(LossBookTests.names)
            let captures = ["dns", "web", "all"]
            let meters =
                (0..<2).map { TestMeter(.ring, subject(tap: $0)) }
                + captures.flatMap { name in
                    [
                        TestMeter(.hold, subject(tap: 0, capture: name)),
                        TestMeter(.disk, subject(tap: 1, capture: name)),
                    ]
                }
            var histories = Dictionary(uniqueKeysWithValues: captures.map { ($0, LedgerHistory()) })
            func take(_ effects: [CoverageEffect]) {
                for (line, names) in LossBookTests.lines(effects) { for name in names { histories[name]?.add(line) } }
            }
            for _ in 0..<200 {
                let meter = meters[Int.random(in: 0..<meters.count, using: &random)]
                switch Int.random(in: 0..<10, using: &random) {
                case 0...4: meter.lose(UInt64.random(in: 1...9, using: &random), from: 1, to: 2)
                case 5...6:
                    // The report of an episode may be late, or arrive after its end.
                    take(book.began(meter.meter, meter.subject, captures: meter.concerns(captures), now: 0))
                case 7: take(book.look(now: Clock.monotonic() + 2 * LossBook.quiet))
                case 8: take(book.endDrops(ofTap: Int.random(in: 0..<2, using: &random)))
                default: take(book.look(now: Clock.monotonic()))
                }
                var sums: [GapCause: UInt64] = [:]
                var seen: Set<String> = []
                for name in captures {
                    var history = histories[name] ?? LedgerHistory()
                    let others = meters.map { (meter: $0.meter, captures: $0.concerns(captures)) }
                    for gap in book.open(of: name, others: others) { history.add(gap) }
                    for gap in history.gaps where seen.insert(gap.episode).inserted {
                        sums[gap.cause, default: 0] += gap.packets ?? 0
                    }
                }
                for cause in LossCause.allCases {
                    let counted = meters.filter { $0.meter.cause == cause }.map(\.meter.total).reduce(0, +)
                    #expect(sums[GapCause(cause), default: 0] == counted, "stream \(stream)")
                }
            }
        }
    }
}

/// The meter of a tap, and the drops that its thread counts.
private struct TestMeter {
    let meter: LossMeter
    let subject: LossSubject

    init(_ cause: LossCause, _ subject: LossSubject) {
        (meter, self.subject) = (LossMeter(cause), subject)
        meter.attach(subject) { _ in }
    }

    func lose(_ packets: UInt64, from: Int64, to: Int64) { meter.add(packets, from: from, to: to) }

    func concerns(_ captures: [String]) -> [String] { subject.capture.map { [$0] } ?? captures }
}
