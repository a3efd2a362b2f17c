import Counters
import Foundation
import Linux
import Pcap
import Rules
import Segments
import TestSupport
import Testing

@testable import Capture

/// The writer when files disappear, disks refuse, and captures are abandoned.
@Suite("The writer in trouble")
struct WriterErrorTests {
    private static let source = CaptureSource(capture: "dns", interface: "eth0")
    private static let buffers = BufferGeometry(size: 8192, count: 4)
    private let folder = try? TemporaryFolder()
    private let reports = EventList()
    private let counters = CaptureCounters()

    private func rule(_ name: String = "a", sync: Sync = .none, kind: SegmentKind = .pcap) throws -> CaptureRule {
        CaptureRule(
            name: "dns", directory: try #require(folder).path + "/" + name, kind: kind, snapLength: 100,
            precision: .nano, rotation: Rotation(), retention: .everything, sync: sync, flush: 1_000_000_000,
            buffers: WriterErrorTests.buffers)
    }

    /// A hold buffer of `count` bytes; with `second` it begins a segment.
    private func hold(
        _ exchange: Exchange, records: Int, from second: Int64? = nil, at offset: Int64 = 0, count: Int = 100,
        isFlush: Bool = true
    ) throws -> Hold {
        guard var buffer = exchange.takeFree(until: 0) else { throw Late(what: "a free buffer") }
        buffer.append([UInt8](repeating: 1, count: count))
        return Hold(
            buffer: buffer, offset: offset, isFlush: isFlush, records: records, wholeEnd: offset + Int64(count),
            begins: second.map { Timestamp(seconds: $0, nanoseconds: 0) }, last: Timestamp(seconds: 9, nanoseconds: 0),
            since: 0)
    }

    private func catalog(_ rule: CaptureRule) -> SegmentCatalog {
        SegmentCatalog(
            rule.retention, found: Adoption(capture: "dns", path: rule.directory, device: 0), reserve: FreeSpaceGuard())
    }

    private func loop(_ rule: CaptureRule, _ exchange: Exchange, _ catalog: SegmentCatalog) -> WriterLoop {
        WriterLoop(
            source: WriterErrorTests.source, rule: rule, exchange: exchange, retention: catalog, counters: counters,
            tapCounters: TapCounters(), report: reports.report)
    }

    /// A running writer that has written three packets to an open segment, which begins at second 1.
    private func writing(_ rule: CaptureRule, _ exchange: Exchange) throws -> DedicatedThread {
        exchange.give(.write(try hold(exchange, records: 3, from: 1)))
        let thread = try DedicatedThread("writer", state: loop(rule, exchange, catalog(rule))) { $0.run() }
        try eventually("the write") { counters.counts[.written] == 3 }
        return thread
    }

    /// The path of that segment once it is sealed.
    private func sealedPath(_ rule: CaptureRule) -> String { rule.directory + "/dns-eth0-19700101T000001.000000Z.pcap" }

    /// Runs a writer on every command in the exchange, to its end.
    private func run(_ rule: CaptureRule, _ exchange: Exchange) {
        exchange.close()
        loop(rule, exchange, catalog(rule)).run()
    }

    /// What the reports were, but for those that depend on the file system.
    private var words: [String] { reports.words.filter { $0 != "buffered" && $0 != "alive" } }

    private func names(_ rule: CaptureRule) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: rule.directory).sorted()
    }

    @Test("An open segment that another process deletes is reported with its packets, and the next one is opened")
    func deleted() throws {
        let rule = try rule()
        let exchange = try Exchange(rule.buffers)
        let thread = try writing(rule, exchange)
        #expect(try names(rule) == ["dns-eth0-19700101T000001.000000Z.pcap.part"])
        try FileManager.default.removeItem(atPath: sealedPath(rule) + ".part")
        exchange.give(.seal(nil))
        exchange.give(.write(try hold(exchange, records: 2, from: 2)))
        exchange.give(.seal(nil))
        exchange.close()
        thread.join()
        #expect(words == ["removed 3", "sealed 2 of 5"])
        guard
            case .removed(let summary)? = reports.events.first(where: { if case .removed = $0 { true } else { false } })
        else { return #expect(Bool(false), "no report") }
        #expect(summary.source == WriterErrorTests.source && summary.path == sealedPath(rule))
    }

    @Test("A write into a deleted segment suspends the capture, and its packets count as disk drops")
    func writeIntoDeleted() throws {
        let rule = try rule()
        let exchange = try Exchange(rule.buffers)
        let thread = try writing(rule, exchange)
        for name in try names(rule) { try FileManager.default.removeItem(atPath: rule.directory + "/" + name) }
        exchange.give(.write(try hold(exchange, records: 4, at: 0, count: 200)))
        exchange.close()
        thread.join()
        #expect(words == ["suspended", "removed 3"])
        #expect(counters.counts[.diskDropped] == 4 && counters.counts[.written] == 3 && exchange.wantsNewSegment)
    }

    @Test("A segment that another process renames belongs to that process")
    func renamed() throws {
        let rule = try rule()
        let exchange = try Exchange(rule.buffers)
        let thread = try writing(rule, exchange)
        let name = try #require(names(rule).first)
        try FileManager.default.moveItem(atPath: rule.directory + "/" + name, toPath: rule.directory + "/mine")
        exchange.give(.seal(nil))
        exchange.close()
        thread.join()
        #expect(words == ["removed 3"])
        #expect(try names(rule) == ["mine"])
    }

    @Test("A segment that cannot be sealed at the end stays as a whole open file, and is reported")
    func leftOpen() throws {
        let rule = try rule()
        let exchange = try Exchange(rule.buffers)
        let path = sealedPath(rule)
        let thread = try writing(rule, exchange)
        try Data().write(to: URL(filePath: path))
        exchange.give(.seal(nil))
        exchange.close()
        thread.join()
        #expect(words == ["suspended", "left open"])
        #expect(try Data(contentsOf: URL(filePath: path + ".part")).count == 100)
    }

    @Test("A segment that could not be sealed is sealed by itself a second later")
    func sealedLater() throws {
        let rule = try rule()
        let exchange = try Exchange(rule.buffers)
        let path = sealedPath(rule)
        let thread = try writing(rule, exchange)
        try Data().write(to: URL(filePath: path))
        exchange.give(.seal(nil))
        try eventually("the refusal") { words == ["suspended"] }
        try FileManager.default.removeItem(atPath: path)
        try eventually("the sealed segment") { words.contains("sealed 3 of 3") }
        exchange.close()
        thread.join()
        #expect(try Data(contentsOf: URL(filePath: path)).count == 100)
    }

    @Test("Every way to sync writes the same file", arguments: Sync.allCases, [Compression.none, .zstd])
    func synced(_ sync: Sync, _ compression: Compression) throws {
        let rule = try rule(sync: sync, kind: SegmentKind(.pcap, compression))
        let exchange = try Exchange(rule.buffers)
        exchange.give(.write(try hold(exchange, records: 3, from: 1, count: 4096, isFlush: false)))
        exchange.give(.write(try hold(exchange, records: 2, at: 4096, count: 100)))
        exchange.give(.seal(nil))
        run(rule, exchange)
        #expect(words == ["sealed 5 of 5"])
        #expect(try names(rule).count == 1)
        if compression == .none {
            #expect(try Data(contentsOf: URL(filePath: rule.directory + "/" + names(rule)[0])).count == 4196)
        }
    }

    @Test("An abandoned segment is whole up to its last write; an empty one leaves no file")
    func abandoned() throws {
        for (records, files) in [(3, 1), (0, 0)] {
            let rule = try rule("\(records)")
            let exchange = try Exchange(rule.buffers)
            exchange.give(.write(try hold(exchange, records: records, from: 1)))
            run(rule, exchange)
            #expect(try names(rule).count == files)
        }
        #expect(counters.counts[.written] == 3 && words.isEmpty)
    }

    @Test("What a compressed capture keeps of a page is written when the capture is abandoned")
    func abandonedCompressed() throws {
        let rule = try rule(kind: SegmentKind(.pcap, .zstd))
        let exchange = try Exchange(rule.buffers)
        exchange.give(.write(try hold(exchange, records: 3, from: 1, isFlush: false)))
        run(rule, exchange)
        #expect(counters.counts[.written] == 3 && counters.counts[.diskDropped] == 0)
        #expect(try names(rule) == ["dns-eth0-19700101T000001.000000Z.pcap.zst.part"])
    }

    @Test("Another compression or directory applies to the next segment")
    func changed() throws {
        let (first, second) = (try rule("a"), try rule("b", kind: SegmentKind(.pcap, .zstd)))
        let exchange = try Exchange(first.buffers)
        exchange.give(.write(try hold(exchange, records: 1, from: 1)))
        exchange.give(.change(second, catalog(second)))
        exchange.give(.write(try hold(exchange, records: 2, from: 2)))
        exchange.give(.change(first, catalog(first)))
        exchange.give(.write(try hold(exchange, records: 4, from: 3)))
        exchange.give(.seal(nil))
        run(first, exchange)
        #expect(words == ["sealed 1 of 1", "sealed 2 of 3", "sealed 4 of 7"])
        #expect(try names(first).count == 2 && names(second) == ["dns-eth0-19700101T000002.000000Z.pcap.zst"])
    }

    @Test("While suspended, buffers are dropped without another attempt, until the retry is due")
    func suspended() throws {
        let rule = try rule()
        try Data().write(to: URL(filePath: rule.directory))
        let exchange = try Exchange(rule.buffers)
        for records in 1...3 { exchange.give(.write(try hold(exchange, records: records, from: Int64(records)))) }
        run(rule, exchange)
        #expect(words == ["suspended"] && counters.counts[.diskDropped] == 6)
        #expect(counters.activity.activity.isSuspended)
    }
}
