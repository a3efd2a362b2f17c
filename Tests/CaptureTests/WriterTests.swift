import Counters
import Foundation
import Linux
import Pcap
import Rules
import Segments
import Synchronization
import TestSupport
import Testing
import Traffic

@testable import Capture

@Suite("The writer side of a capture")
struct WriterTests {
    private static let source = CaptureSource(capture: "dns", interface: "eth0")
    private let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString

    private func rule(_ folder: String) -> CaptureRule {
        CaptureRule(
            name: "dns", directory: "\(path)/\(folder)", snapLength: 100, precision: .nano, rotation: Rotation(),
            retention: .everything, sync: .none, flush: 1_000_000_000, buffers: BufferGeometry(size: 8192, count: 4))
    }

    /// A filled buffer; with `begins` it begins a segment.
    private func hold(of exchange: Exchange, records: Int, begins: Timestamp? = nil) throws -> Hold {
        guard var buffer = exchange.takeFree(until: 0) else { throw Missing() }
        buffer.append([UInt8](repeating: 1, count: 100))
        return Hold(
            buffer: buffer, offset: 0, isFlush: true, records: records, wholeEnd: 100, begins: begins, last: .epoch,
            since: 0)
    }

    private struct Missing: Error {}

    private func writer(
        _ rule: CaptureRule, _ exchange: Exchange, _ retention: SegmentCatalog, _ counters: CaptureCounters
    ) -> WriterLoop {
        WriterLoop(
            source: WriterTests.source, rule: rule, exchange: exchange, retention: retention, counters: counters,
            tapCounters: TapCounters(), report: { _ in })
    }

    @Test("Packets left in hold when the capture is abandoned are counted")
    func abandoned() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (rule, counters) = (rule("a"), CaptureCounters())
        let exchange = try Exchange(rule.buffers)
        for records in [3, 4] { exchange.give(.write(try hold(of: exchange, records: records))) }
        exchange.close()
        exchange.abandon()
        let retention = try SegmentCatalog(.everything, capture: "dns", path: rule.directory, reserve: FreeSpaceGuard())
        writer(rule, exchange, retention, counters).run()
        #expect(counters.counts[.diskDropped] == 7 && counters.counts[.written] == 0)
        #expect(exchange.countAbandoned() == 0)
    }

    @Test("A segment that is sealed late is counted in its own directory")
    func sealedLate() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (before, after, counters) = (rule("before"), rule("after"), CaptureCounters())
        let exchange = try Exchange(before.buffers)
        let retentions = try [before, after].map {
            try SegmentCatalog(.everything, capture: "dns", path: $0.directory, reserve: FreeSpaceGuard())
        }
        let loop = writer(before, exchange, retentions[0], counters)
        let thread = try DedicatedThread("writer", state: loop) { loop in loop.run() }
        exchange.give(.write(try hold(of: exchange, records: 1, begins: Timestamp(seconds: 1, nanoseconds: 0))))
        let name = "\(before.directory)/dns-eth0-19700101T000001.000000Z.pcap"
        try eventually("the write") { counters.counts[.written] > 0 }
        // The sealed name is taken meanwhile.
        try Data().write(to: URL(filePath: name))
        let isRefused = Atomic(false)
        exchange.give(
            .seal { result in
                if case .failure = result { isRefused.store(true, ordering: .relaxed) }
                unsafe unlink(name)
            })
        exchange.give(.change(after, retentions[1]))
        exchange.give(.seal(nil))
        exchange.close()
        thread.join()
        #expect(isRefused.load(ordering: .relaxed) && FileManager.default.fileExists(atPath: name))
        #expect(retentions.map(\.holdings.segments) == [1, 0])
    }

    /// The reports of a writer in order, as text.
    private final class Reports: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }

        func note(_ event: CaptureEvent) {
            let word =
                switch event {
                case .sealed(let summary, let counts, _): "sealed \(summary.packets) of \(counts[.written])"
                case .suspended: "suspended"
                case .resumed(_, let lost): "resumed after \(lost)"
                case .removed(let summary): "removed \(summary.packets)"
                case .leftOpen: "left open"
                default: ""
                }
            if !word.isEmpty { words.withLock { $0.append(word) } }
        }
    }

    /// Runs a writer on every command in the exchange, to its end.
    private func run(
        _ rule: CaptureRule, _ exchange: Exchange, _ counters: CaptureCounters, _ reports: Reports
    ) -> SegmentCatalog {
        let found = Adoption(capture: "dns", path: rule.directory, device: 0)
        let catalog = SegmentCatalog(rule.retention, found: found, reserve: FreeSpaceGuard())
        exchange.close()
        WriterLoop(
            source: WriterTests.source, rule: rule, exchange: exchange, retention: catalog, counters: counters,
            tapCounters: TapCounters(), report: { reports.note($0) }
        ).run()
        return catalog
    }

    @Test("Each segment is sealed under its name and counted by retention")
    func sealed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (rule, counters, reports) = (rule("a"), CaptureCounters(), Reports())
        let exchange = try Exchange(rule.buffers)
        for second in 1...2 {
            let start = Timestamp(seconds: Int64(second), nanoseconds: 0)
            exchange.give(.write(try hold(of: exchange, records: second, begins: start)))
            exchange.give(.seal(nil))
        }
        let catalog = run(rule, exchange, counters, reports)
        #expect(reports.all == ["sealed 1 of 1", "sealed 2 of 3"] && counters.counts[.written] == 3)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: rule.directory).sorted() == [
                "dns-eth0-19700101T000001.000000Z.pcap", "dns-eth0-19700101T000002.000000Z.pcap",
            ])
        #expect(catalog.holdings.segments == 2 && catalog.holdings.bytes == 200)
    }

    @Test("A segment without a packet leaves no file")
    func empty() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (rule, counters, reports) = (rule("a"), CaptureCounters(), Reports())
        let exchange = try Exchange(rule.buffers)
        exchange.give(.write(try hold(of: exchange, records: 0, begins: .epoch)))
        exchange.give(.seal(nil))
        _ = run(rule, exchange, counters, reports)
        #expect(reports.all.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: rule.directory).isEmpty)
    }

    @Test("A directory that cannot be created suspends the capture once, and every packet counts as a disk drop")
    func noDirectory() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: path + "/a"))
        let (rule, counters, reports) = (rule("a"), CaptureCounters(), Reports())
        let exchange = try Exchange(rule.buffers)
        for records in 1...4 { exchange.give(.write(try hold(of: exchange, records: records, begins: .epoch))) }
        _ = run(rule, exchange, counters, reports)
        #expect(reports.all == ["suspended"] && counters.counts[.diskDropped] == 10 && counters.counts[.written] == 0)
        #expect(exchange.wantsNewSegment)
    }

    @Test("The capture resumes by itself when the disk accepts packets, and reports the drops")
    func resumed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: path + "/a"))
        let (rule, counters, reports) = (rule("a"), CaptureCounters(), Reports())
        let exchange = try Exchange(rule.buffers)
        let found = Adoption(capture: "dns", path: rule.directory, device: 0)
        let catalog = SegmentCatalog(rule.retention, found: found, reserve: FreeSpaceGuard())
        let loop = WriterLoop(
            source: WriterTests.source, rule: rule, exchange: exchange, retention: catalog, counters: counters,
            tapCounters: TapCounters(), report: { reports.note($0) })
        let thread = try DedicatedThread("writer", state: loop) { loop in loop.run() }
        exchange.give(.write(try hold(of: exchange, records: 5, begins: .epoch)))
        try eventually("the drops") { counters.counts[.diskDropped] == 5 }
        try FileManager.default.removeItem(atPath: path + "/a")
        var given: UInt64 = 5
        // The writer retries after a second.
        try eventually("a write") {
            if let buffer = exchange.takeFree(until: 0) {
                exchange.giveFree(buffer)
                exchange.give(.write(try hold(of: exchange, records: 1, begins: .epoch)))
                given += 1
            }
            return counters.counts[.written] > 0
        }
        exchange.close()
        thread.join()
        let counts = counters.counts
        #expect(counts[.written] + counts[.diskDropped] == given)
        #expect(reports.all.prefix(2) == ["suspended", "resumed after \(counts[.diskDropped])"])
        #expect(!exchange.wantsNewSegment)
    }

    @Test("A directory that another process deletes between two segments is created again")
    func removed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (rule, counters, reports) = (rule("a"), CaptureCounters(), Reports())
        let exchange = try Exchange(rule.buffers)
        let directory = rule.directory
        exchange.give(.write(try hold(of: exchange, records: 3, begins: Timestamp(seconds: 1, nanoseconds: 0))))
        // Deletes the directory when the first segment has been sealed.
        exchange.give(.seal { _ in try? FileManager.default.removeItem(atPath: directory) })
        exchange.give(.write(try hold(of: exchange, records: 4, begins: Timestamp(seconds: 2, nanoseconds: 0))))
        exchange.give(.seal(nil))
        _ = run(rule, exchange, counters, reports)
        #expect(reports.all == ["sealed 3 of 3", "sealed 4 of 7"])
    }

    @Test("A compressed segment is one frame that decompresses to its records, with any sizes and flushes")
    func compressed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        var generator = SeededGenerator()
        for round in 0..<20 {
            var rule = rule("\(round)")
            rule.kind = SegmentKind(.pcap, .zstd)
            let (counters, reports) = (CaptureCounters(), Reports())
            let exchange = try Exchange(BufferGeometry(size: 8192, count: 12))
            var expected: [UInt8] = []
            let count = Int.random(in: 1...10, using: &generator)
            for index in 0..<count {
                guard var buffer = exchange.takeFree(until: 0) else { throw Missing() }
                let bytes = (0..<Int.random(in: 1...8000, using: &generator)).map { _ in
                    UInt8.random(in: 0...UInt8(255 >> (round % 8)), using: &generator)
                }
                buffer.append(bytes)
                expected += bytes
                let isFlush = index == count - 1 || Bool.random(using: &generator)
                exchange.give(
                    .write(
                        Hold(
                            buffer: buffer, offset: 0, isFlush: isFlush, records: index + 1,
                            wholeEnd: Int64(expected.count), begins: index == 0 ? .epoch : nil, last: .epoch, since: 0))
                )
            }
            exchange.give(.seal(nil))
            _ = run(rule, exchange, counters, reports)
            #expect(counters.counts[.written] == UInt64(count * (count + 1) / 2))
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: rule.directory).first)
            #expect(try WriterTests.unpacked(rule.directory + "/" + name) == expected)
        }
    }

    /// The output of zstd(1) for a file.
    private static func unpacked(_ path: String) throws -> [UInt8] {
        try Command.check("zstd", ["-dq", "-o", path + ".whole", path])
        return Array(try Data(contentsOf: URL(filePath: path + ".whole")))
    }
}
