import Foundation
import Linux
import Pcap
import Synchronization
import Testing

@testable import Capture

@Suite("The writer's side of a capture")
struct WriterTests {
    private static let source = CaptureSource(capture: "dns", interface: "eth0")
    private let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString

    private func rule(_ folder: String) -> CaptureRule {
        CaptureRule(
            name: "dns", directory: "\(path)/\(folder)", snapLength: 100, precision: .nano, rotation: Rotation(),
            retention: .everything, sync: .none, flush: 1_000_000_000, buffers: BufferGeometry(size: 8192, count: 4))
    }

    /// A free buffer, filled; it begins a segment, or has no place in one.
    private func hold(of exchange: Exchange, records: Int, begins: Timestamp? = nil) throws -> Hold {
        guard var buffer = exchange.takeFree(until: 0) else { throw Missing() }
        buffer.append([UInt8](repeating: 1, count: 100))
        return Hold(
            buffer: buffer, offset: 0, isFlush: true, records: records, wholeEnd: 100, begins: begins, last: .epoch,
            since: 0)
    }

    private struct Missing: Error {}

    private func writer(
        _ rule: CaptureRule, _ exchange: Exchange, _ retention: Retention, _ counters: CaptureCounters
    ) -> WriterLoop {
        WriterLoop(
            source: WriterTests.source, rule: rule, exchange: exchange, retention: retention, counters: counters,
            tapCounters: TapCounters(), report: { _ in })
    }

    @Test("What is left in hold when everything is to be given up is counted")
    func abandoned() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (rule, counters) = (rule("a"), CaptureCounters())
        let exchange = try Exchange(rule.buffers)
        for records in [3, 4] { exchange.give(.write(try hold(of: exchange, records: records))) }
        exchange.close()
        exchange.abandon()
        let retention = try Retention(.everything, capture: "dns", path: rule.directory, reserve: Reserve())
        writer(rule, exchange, retention, counters).run()
        #expect(counters.counts.diskDropped == 7 && counters.counts.written == 0)
        #expect(exchange.countAbandoned() == 0)
    }

    @Test("A segment that the disk lets be sealed later is kept account of where it is")
    func sealedLate() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (before, after, counters) = (rule("before"), rule("after"), CaptureCounters())
        let exchange = try Exchange(before.buffers)
        let retentions = try [before, after].map {
            try Retention(.everything, capture: "dns", path: $0.directory, reserve: Reserve())
        }
        let loop = writer(before, exchange, retentions[0], counters)
        let thread = try DedicatedThread("writer", state: loop) { loop in loop.run() }
        exchange.give(.write(try hold(of: exchange, records: 1, begins: Timestamp(seconds: 1, nanoseconds: 0))))
        let name = "\(before.directory)/dns-eth0-19700101T000001.000000Z.pcap"
        while counters.counts.written == 0 { usleep(1000) }
        // Somebody has taken its name meanwhile.
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
}
