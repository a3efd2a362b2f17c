import Control
import Counters
import Foundation
import Linux
import Settings
import StatusTool
import Testing

@testable import Daemon

/// Everything that shows counters takes them from their table.
struct CounterTableTests {
    private static let folder = #filePath.replacing("Tests/DaemonTests/CounterTableTests.swift", with: "")
    private let tap = Self.distinct(from: 1001, TapCounter.self)
    private let capture = Self.distinct(from: 2001, CaptureCounter.self)
    private let status: Status

    init() { status = Self.status(tap, capture) }

    @Test("Log lines have each counter, in the order of the table")
    func logLines() {
        func expect<Counter>(_ counts: Counts<Counter>, _ begin: String) {
            let text = LogFields(counts).text
            #expect(text == Counter.allCases.map { "\($0.name)=\(counts[$0])" }.joined(separator: " "))
            #expect(text.hasPrefix(begin))
        }
        expect(tap, "received=1001 drained=1002 ring_dropped=1003 ring_freezes=1004")
        expect(capture, "matched=2001 written=2002 hold_dropped=2003 disk_dropped=2004 truncated=2005")
        var line = StatusLine()
        let sentence = line.sentence(status, HangDetector.Finding(), refused: false)
        #expect(sentence.contains("5010 lost since the start (ring_dropped=1003 hold_dropped=2003 disk_dropped=2004)"))
    }

    @Test("The status has each counter beside the other fields, in objects that older daemons and clients know")
    func json() throws {
        let text = try String(decoding: Coding.encode(status.interfaces[0]), as: UTF8.self)
        #expect(text == Self.interfaceJSON)
        let source = try String(decoding: Coding.encode(status.captures[0].interfaces[0]), as: UTF8.self)
        #expect(source == Self.sourceJSON)
        #expect(try Coding.decode(Status.self, from: Coding.encode(status)) == status)
    }

    @Test("A status may lack a counter of the table, and may have one that is not in it")
    func otherVersions() throws {
        let other = Self.interfaceJSON.replacing("\"ring_freezes\":1004", with: "\"ring_sparks\":7")
        let read = try Coding.decode(InterfaceStatus.self, from: Array(other.utf8))
        #expect(read[.received] == 1001 && read[.ringFreezes] == 0 && read.inFlight == 5 && read.interface == "eth0")
    }

    @Test("The metrics have each counter, with its help text")
    func metrics() {
        let lines = Set(Metrics(of: status).text.split(separator: "\n").map(String.init))
        for counter in TapCounter.allCases {
            expectMetric(counter, lines, "interface=\"eth0\"", tap[counter])
        }
        for counter in CaptureCounter.allCases {
            expectMetric(counter, lines, "capture=\"all\",interface=\"eth0\"", capture[counter])
        }
        // These names never change, because alerts and dashboards depend on them.
        let samples = [
            "holdfast_received_packets_total{interface=\"eth0\"} 1001",
            "holdfast_drained_packets_total{interface=\"eth0\"} 1002",
            "holdfast_lost_packets_total{interface=\"eth0\",cause=\"ring_dropped\"} 1003",
            "holdfast_ring_freezes_total{interface=\"eth0\"} 1004",
            "holdfast_matched_packets_total{capture=\"all\",interface=\"eth0\"} 2001",
            "holdfast_written_packets_total{capture=\"all\",interface=\"eth0\"} 2002",
            "holdfast_lost_packets_total{capture=\"all\",interface=\"eth0\",cause=\"hold_dropped\"} 2003",
            "holdfast_lost_packets_total{capture=\"all\",interface=\"eth0\",cause=\"disk_dropped\"} 2004",
            "holdfast_truncated_packets_total{capture=\"all\",interface=\"eth0\"} 2005",
        ]
        #expect(Set(samples).subtracting(lines) == [])
    }

    private func expectMetric(_ counter: some Counter, _ lines: Set<String>, _ labels: String, _ count: UInt64) {
        let name = Self.metric(counter)
        let isLoss = counter.row.role == .loss
        #expect(lines.contains("# TYPE \(name) counter"))
        #expect(lines.contains { $0.hasPrefix("# HELP \(name) ") && $0.contains(counter.row.help) }, "\(name)")
        let cause = isLoss ? ",cause=\"\(counter.name)\"" : ""
        #expect(lines.contains("\(name){\(labels)\(cause)} \(count)"), "\(name)")
    }

    @Test("holdfast status has a column for each counter, and a narrow terminal shows those of losses")
    func report() {
        let rates = Rates(from: status, to: status)
        let text = StatusReport(status, rates: rates, style: .plain).text
        let words = Set(text.split { " \n".contains($0) }.map(String.init))
        func expectColumns<Counter>(_ counts: Counts<Counter>) {
            for counter in Counter.allCases {
                let number = String(counts[counter])
                #expect(words.contains(counter.name.uppercased()), "\(text)")
                #expect(words.contains(number.prefix(1) + "," + number.dropFirst()), "\(text)")
            }
        }
        expectColumns(tap)
        expectColumns(capture)
        let narrow = StatusReport(status, rates: rates, style: Style(isColoured: false, columns: 60)).text
        let shown = narrow.split(separator: "\n").filter { !$0.hasPrefix("(not shown") }.joined(separator: "\n")
        for name in TapCounter.losses.map(\.name) + CaptureCounter.losses.map(\.name) {
            #expect(shown.contains(name.uppercased()), "\(narrow)")
        }
        #expect(!shown.contains("TRUNCATED") && narrow.contains("TRUNCATED"), "\(narrow)")
    }

    @Test("openapi.yaml, docs/counters.md and man/holdfastd.8 name each counter")
    func documents() throws {
        func text(_ file: String) throws -> String { try String(contentsOfFile: Self.folder + file, encoding: .utf8) }
        let schemas = try YAMLComposer.root(of: text("openapi.yaml"), file: "openapi.yaml")?
            .value(of: "components")?.value(of: "schemas")
        let table = try text("docs/counters.md").split(separator: "\n")
        let page = try text("man/holdfastd.8").split(separator: "\n")
        func expectDocumented(_ counter: some Counter, in schema: String) {
            let object = schemas?.value(of: schema)
            let required = object?.value(of: "required")?.sequence?.compactMap(\.scalar?.text) ?? []
            #expect(object?.value(of: "properties")?.value(of: counter.name) != nil, "\(schema): \(counter.name)")
            #expect(required.contains(counter.name), "\(schema): \(counter.name)")
            let metric = Self.metric(counter)
            #expect(table.contains { $0.hasPrefix("| `\(counter.name)` | `\(metric)") }, "\(counter.name)")
            #expect(page.contains(".It Va \(counter.name)"), "\(counter.name)")
        }
        for counter in TapCounter.allCases {
            expectDocumented(counter, in: "Interface")
            if TapFields.includes(counter) { expectDocumented(counter, in: "Tap") }
        }
        for counter in CaptureCounter.allCases { expectDocumented(counter, in: "Source") }
    }

    private static func metric(_ counter: some Counter) -> String {
        switch (counter.row.role, counter.row.unit) {
        case (.loss, _): "holdfast_lost_packets_total"
        case (_, .packets): "holdfast_\(counter.name)_packets_total"
        case (_, .events): "holdfast_\(counter.name)_total"
        }
    }

    /// A different number for each counter.
    private static func distinct<Counter>(from first: UInt64, _: Counter.Type) -> Counts<Counter> {
        var counts = Counts<Counter>()
        for counter in Counter.allCases { counts[counter] = first + UInt64(counter.rawValue) }
        return counts
    }
}

extension CounterTableTests {
    /// A status with one capture on one interface.
    private static func status(_ tap: TapCounts, _ capture: CaptureCounts) -> Status {
        let histogram = HistogramStatus(counts: [1, 2], sum: 0.5)
        let time = Timestamp(nanosecondsSince1970: 1_700_000_000_123_456_789)
        let taps = [
            TapStatus(
                [.received: 11, .drained: 12, .ringDropped: 13, .ringFreezes: 14],
                TapFields(worker: 1, captures: ["all"], ringBytes: 4096, kernelFilter: "superset"))
        ]
        let source = SourceStatus(
            capture,
            SourceFields(
                interface: "eth0", state: .capturing, reason: nil, inFlight: -3, writtenBytes: 100, newest: time,
                openSegments: [SegmentStatus(path: "/a.part", packets: 1, bytes: 2, first: time)],
                packetSizes: histogram, holdWaits: histogram, writes: histogram, flushAges: histogram))
        return Status(
            version: "1", process: 7, state: .capturing, time: time, uptimeSeconds: 10,
            configuration: ConfigurationStatus(file: "/h.yaml", loaded: time),
            captures: [
                CaptureStatus(
                    name: "all", state: .capturing, interface: "eth0", filter: nil,
                    storage: StorageStatus(directory: "/data", segments: 0, bytes: 0, oldest: nil, reserveBytes: 0),
                    interfaces: [source])
            ],
            interfaces: [
                InterfaceStatus(
                    tap, InterfaceFields(interface: "eth0", taps: taps, inFlight: 5, ringFill: histogram))
            ], buckets: HistogramBuckets(seconds: [1], bytes: [63], ratio: [1]))
    }

    // The objects as they were before the table existed. A new counter adds its key; no other byte changes.

    private static let interfaceJSON = """
        {"drained":1002,"in_flight":5,"interface":"eth0","received":1001,"ring_dropped":1003,\
        "ring_fill":{"counts":[1,2],"sum":0.5},"ring_freezes":1004,"taps":[{"captures":["all"],"drained":12,\
        "kernel_filter":"superset","received":11,"ring_bytes":4096,"ring_dropped":13,"worker":1}]}

        """

    private static let sourceJSON = """
        {"disk_dropped":2004,"flush_ages":{"counts":[1,2],"sum":0.5},"hold_dropped":2003,\
        "hold_waits":{"counts":[1,2],"sum":0.5},"in_flight":-3,"interface":"eth0","matched":2001,\
        "newest":"2023-11-14T22:13:20.123456789Z","open_segments":[{"bytes":2,\
        "first":"2023-11-14T22:13:20.123456789Z","packets":1,"path":"/a.part"}],\
        "packet_sizes":{"counts":[1,2],"sum":0.5},"state":"capturing","truncated":2005,"writes":{"counts":[1,2],\
        "sum":0.5},"written":2002,"written_bytes":100}

        """
}
