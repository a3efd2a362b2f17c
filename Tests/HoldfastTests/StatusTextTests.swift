import Control
import Counters
import Linux
import Testing

@testable import StatusTool

/// The text of a status.
@Suite struct StatusTextTests {
    private static let counts: [(Int, String)] = [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")]
    private static let bytes: [(Int, String)] = [
        (0, "0 B"), (1023, "1,023 B"), (1024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (268_435_456, "256 MiB"),
        (1_610_612_736, "1.5 GiB"),
    ]
    private static let rates: [(Double, String)] = [
        (0.4, "0 B/s"), (999.6, "1.0 kB/s"), (12_500_000, "12.5 MB/s"), (1.26e9, "1.3 GB/s"), (99.96e6, "100 MB/s"),
    ]
    private static let durations: [(Double, String)] = [
        (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (273_600, "3 d 4 h"), (86_405, "1 d"),
    ]

    @Test("Numbers have a suitable unit and thousands separators")
    func numbers() {
        for (number, text) in Self.counts { #expect(Amounts.count(number) == text) }
        for (number, text) in Self.bytes { #expect(Amounts.bytes(number) == text) }
        for (number, text) in Self.rates { #expect(Amounts.rate(number) == text) }
        for (number, text) in Self.durations { #expect(Amounts.duration(number) == text) }
    }

    @Test("The length of a bar is relative to the highest count")
    func bars() {
        let sizes = HistogramStatus(counts: [0, 1000, 500, 0, 1, 0], sum: 0)
        let lines = SizeHistogram.lines(sizes, bounds: [63, 127, 255, 511, 1023])
        #expect(lines.count == 5)
        #expect(lines.dropFirst().map { $0.count { $0 == "*" } } == [40, 20, 0, 1])
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(words[1].prefix(3) == ["64", "->", "127"] && words[4].prefix(4) == ["512", "->", "1023", "1"])
    }

    @Test("Rates are the growth of counters over the time between two statuses")
    func rateGrowth() throws {
        let (before, now) = (Status.example(seconds: 10, packets: 1000), Status.example(seconds: 12, packets: 3000))
        let rate = try #require(Rates(from: before, to: now).rate(of: "all", on: "eth0"))
        #expect(rate.packets == 1000 && rate.bytes == 100_000 && rate.lost == 5)
        #expect(Rates(from: before, to: now).total.lost == 10)
    }

    @Test("A restarted daemon has no rates, and a counter that restarts from 0 does not trap")
    func restart() {
        var restarted = Status.example(seconds: 1, packets: 10)
        restarted.process += 1
        let before = Status.example(seconds: 10, packets: 1000)
        #expect(Rates(from: before, to: restarted).rate(of: "all", on: "eth0") == nil)
        #expect(Rates(from: before, to: .example(seconds: 11, packets: 10)).rate(of: "all", on: "eth0")?.packets == 0)
    }

    @Test("The status shows losses, their causes and reasons")
    func losses() {
        let status = Status.example(seconds: 10, packets: 1000)
        let text = StatusReport(status, rates: Rates(from: status, to: status), style: .plain).text
        for name in ["RING_DROPPED", "HOLD_DROPPED", "DISK_DROPPED"] { #expect(text.contains(name)) }
        #expect(text.contains("all on eth0 is suspended: No space left on device"))
        #expect(text.contains("gone waits for interface eth9") && text.contains("3.0 GiB"))
        #expect(!text.contains("\u{1b}"))
    }

    @Test("Colours do not change the text")
    func colours() {
        let status = Status.example(seconds: 10, packets: 1000)
        let rates = Rates(from: status, to: status)
        let coloured = StatusReport(status, rates: rates, style: Style(isColoured: true)).text
        #expect(coloured.contains("\u{1b}[31m"))
        let stripped = coloured.replacing(/\u{1b}\[[0-9]*m/, with: "")
        #expect(stripped == StatusReport(status, rates: rates, style: .plain).text)
    }

    @Test("A narrow terminal cuts lines but no escape sequences")
    func cutting() {
        #expect(Terminal.cut("abcdef", to: 6) == "abcdef")
        #expect(Terminal.cut("abcdef", to: 3) == "abc\u{1b}[0m")
        #expect(Terminal.cut("a\u{1b}[31mbcd\u{1b}[0m", to: 2) == "a\u{1b}[31mb\u{1b}[0m\u{1b}[0m")
    }

    @Test("A status is unchanged after encoding and decoding as JSON")
    func coding() throws {
        let status = Status.example(seconds: 10.5, packets: 1000)
        let bytes = try Coding.encode(status)
        #expect(try Coding.decode(Status.self, from: bytes) == status)
        #expect(String(decoding: bytes, as: UTF8.self).contains("\"hold_dropped\":5"))
    }
}

extension Status {
    /// A status with one capture that is suspended and loses packets, and one that waits.
    static func example(seconds: Double, packets: UInt64) -> Status {
        let none = HistogramStatus(counts: [0, 0], sum: 0)
        let lossy = SourceStatus(
            [.matched: packets, .written: packets - packets / 200, .holdDropped: packets / 200],
            SourceFields(
                interface: "eth0", state: .suspended, reason: "No space left on device", inFlight: 0,
                writtenBytes: packets * 116, newest: Timestamp(nanosecondsSince1970: 1_700_000_000_123_456_789),
                openSegments: [], packetSizes: HistogramStatus(counts: [0, packets], sum: Double(packets * 100)),
                holdWaits: none, writes: none, flushAges: none))
        let storage = StorageStatus(
            directory: "/data/all", segments: 2, bytes: 1 << 30, oldest: nil, freeBytes: 3 << 30, reserveBytes: 1 << 30)
        return Status(
            version: "1", process: 7, state: .capturing, time: Timestamp(nanosecondsSince1970: -1),
            uptimeSeconds: seconds,
            configuration: ConfigurationStatus(file: "/etc/h.yaml", loaded: Timestamp(nanosecondsSince1970: 0)),
            captures: [
                CaptureStatus(
                    name: "all", state: .suspended, interface: "eth*", filter: nil, storage: storage,
                    interfaces: [lossy]),
                CaptureStatus(
                    name: "gone", state: .waiting, interface: "eth9", filter: "dns", storage: storage, interfaces: []),
            ],
            interfaces: [
                InterfaceStatus(
                    [
                        .received: packets + packets / 200, .drained: packets, .ringDropped: packets / 200,
                        .ringFreezes: 1,
                    ], InterfaceFields(interface: "eth0", taps: [], inFlight: 0, ringFill: none))
            ],
            buckets: HistogramBuckets(seconds: [1], bytes: [63], ratio: [1]))
    }
}
