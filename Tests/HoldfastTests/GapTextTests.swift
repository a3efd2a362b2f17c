import Control
import Linux
import Testing

@testable import StatusTool

/// The text of gap reports.
@Suite struct GapTextTests {
    private static let base: Int64 = 1_800_000_000_000_000_000

    private func gap(
        _ number: Int, _ cause: GapCause, after seconds: Double, for length: Double?, packets: UInt64? = nil
    ) -> Gap {
        let from = GapTextTests.base + Int64(seconds * 1e9)
        return Gap(
            episode: "r-\(number)", cause: cause, scope: cause == .ring ? .tap : .capture,
            interface: cause == .restart ? nil : "eth0", from: Timestamp(nanosecondsSince1970: from),
            to: length.map { Timestamp(nanosecondsSince1970: from + Int64($0 * 1e9)) }, packets: packets,
            open: length == nil)
    }

    @Test("One table has the gaps of all captures, oldest first, and a shared gap once")
    func table() {
        let ring = gap(1, .ring, after: 10, for: 0.0015, packets: 7828)
        let one = Coverage(
            capture: "dns", since: Timestamp(nanosecondsSince1970: GapTextTests.base),
            gaps: [gap(2, .restart, after: 0, for: 0.3), ring, gap(3, .waiting, after: 100, for: nil)])
        let two = Coverage(capture: "web", since: Timestamp(nanosecondsSince1970: GapTextTests.base), gaps: [ring])
        let lines = GapReport([one, two], style: .plain).text.split(separator: "\n").map(String.init)
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.count == 5)
        #expect(
            words[1] == [
                "2027-01-15", "08:00:00.000", "2027-01-15", "08:00:00.300", "0.300", "s", "restart", "-", "dns", "-",
            ])
        #expect(words[2].suffix(6) == ["0.002", "s", "ring", "7,828", "dns,web", "eth0"])
        #expect(words[3].suffix(6) == ["ongoing", "-", "waiting", "-", "dns", "eth0"])
        #expect(lines[4] == "3 gaps, 7,828 packets lost; the ledgers start at 2027-01-15 08:00:00 UTC")
    }

    @Test("A report without gaps or without a ledger says so")
    func noGaps() {
        #expect(
            GapReport([Coverage(capture: "dns")], style: .plain).text == "no gaps, 0 packets lost; there is no ledger\n"
        )
    }

    @Test("A packet counts once for all captures, and a ring's losses are in the row of its tap")
    func ringLosses() {
        var (before, now) = (Status.example(seconds: 10, packets: 1000), Status.example(seconds: 12, packets: 3000))
        before.captures.append(before.captures[0])
        now.captures.append(now.captures[0])
        now.captures[2].name = "again"
        before.captures[2].name = "again"
        let rates = Rates(from: before, to: now)
        #expect(rates.packets == 1005 && rates.total.packets == 1005)
        let report = StatusReport(now, rates: rates, style: .plain).text
        #expect(report.contains("1,005 packets/s"))
        let screen = TopScreen(now, rates: rates, style: .plain).screen
        let rows = (screen.head + screen.body).filter { $0.contains("eth0") }
        #expect(rows.count == 3 && rows[2].hasPrefix("tap ") && rows[2].contains("15"))
        #expect(rows.dropLast().allSatisfy { $0.split(separator: " ")[7] == "15" }, "\(rows)")
    }

    @Test("The status reports stalled disks, the last loss, and a refused configuration until it is replaced")
    func notes() {
        var status = Status.example(seconds: 10, packets: 1000)
        status.captures[0].interfaces[0].stalledSeconds = 4.4
        status.captures[0].coverage = CoverageStatus(lastLoss: Timestamp(nanosecondsSince1970: GapTextTests.base))
        status.configuration.failedReloads = 1
        func text() -> String {
            StatusReport(status, rates: Rates(from: status, to: status), style: .plain).text
        }
        #expect(text().contains("no answer from /data/all for 4 s"))
        #expect(text().contains("all lost packets last at 2027-01-15 08:00:00 UTC (holdfast gaps all)"))
        #expect(text().contains("the configuration was refused once"))
        status.configuration.isRefused = false
        #expect(!text().contains("was refused"))
        status.captures[0].coverage?.open = [gap(1, .hold, after: 0, for: nil, packets: 3)]
        #expect(text().contains("all loses packets (hold) (holdfast gaps all)"))
    }
}
