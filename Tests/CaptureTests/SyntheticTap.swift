import BPF
import Counters
import Linux
import Rules
import Segments
import Synchronization
import Synthetic
import TestSupport

@testable import Capture

/// A tap with real threads and files, on a socket that needs no root.
final class SyntheticTap {
    let folder: TemporaryFolder
    let kernel: SyntheticKernel
    let reports = EventList()
    /// A capture gets the frames with its first byte; all frames if that is nil.
    typealias Wanted = (name: String, kind: UInt8?)

    static let interface = Interface(index: 90, name: "syn0", hardwareType: 1, isUp: true)

    init(workers: Int = 1) throws {
        folder = try TemporaryFolder()
        kernel = try SyntheticKernel(blocks: 8, workers: workers, isAlwaysReadable: false)
    }

    func rule(
        _ captures: [Wanted], snapLength: UInt32 = 1000, promiscuous: Bool = false, direction: Direction = .both
    ) throws -> TapRule {
        TapRule(
            interface: SyntheticTap.interface, ring: kernel.geometry,
            captures: try captures.map { name, kind in
                var rule = DataPlane.rule(name, buffers: BufferGeometry(size: 16384, count: 4))
                (rule.directory, rule.snapLength, rule.flush) = (folder.path + "/" + name, snapLength, 1_000_000)
                let text = kind.map { "ldb [0]\njne #\($0), drop\nret #262144\ndrop: ret #0" } ?? "ret #262144"
                let filter = try VerifiedProgram(try Program(assembly: text))
                return CapturePlan(rule: rule, filter: filter, promiscuous: promiscuous, direction: direction)
            })
    }

    func catalogs(_ rule: TapRule) throws -> SegmentCatalogs {
        var catalogs = SegmentCatalogs(report: reports.report)
        for capture in rule.captures.map(\.rule) {
            catalogs.open(capture, found: try .adopt(capture.name, in: capture.directory))
        }
        return catalogs
    }

    var sockets: TapSockets { TapSockets { [kernel] (_) throws(SystemError) in kernel } }

    /// Opens and starts a tap; nothing arrives yet.
    func start(_ rule: TapRule) throws -> RunningTap {
        let tap = try Tap(rule, retentions: try catalogs(rule), sockets: sockets)
        return RunningTap(try tap.start(1, report: reports.report))
    }

    /// Opens a tap, starts it and lets packets arrive.
    func run(_ captures: [Wanted]) throws -> RunningTap {
        let tap = try start(try rule(captures))
        var group: UInt16?
        try tap.receive(group: &group)
        return tap
    }

    func changeover(
        of tap: RunningTap, to rule: TapRule, unheard: inout UnheardWriters
    ) throws -> TapChangeover {
        try TapChangeover(of: tap.state, to: rule, retentions: try catalogs(rule), unheard: &unheard)
    }

    func send(_ numbers: Range<UInt32>, of kind: UInt8, second: Int64 = 1_700_000_000) {
        kernel.handOver(numbers.map { SyntheticKernel.Frame($0, of: kind, second: second) })
    }

    /// Stops the tap and waits until every thread has ended.
    func stop(_ tap: RunningTap) throws {
        tap.stop()
        try eventually("the end of the tap") { reports.words.contains("ended") }
    }

    /// Packets of each capture that are in a segment.
    static func written(_ tap: RunningTap) -> [String: UInt64] {
        Dictionary(tap.captures.map { ($0.source.capture, $0.counts[.written]) }) { $0 + $1 }
    }
}

/// The events of a data plane, as words.
final class EventList: Sendable {
    private let state = Mutex<(events: [CaptureEvent], words: [String])>(([], []))

    var words: [String] { state.withLock { $0.words } }
    var events: [CaptureEvent] { state.withLock { $0.events } }

    var report: CaptureReport { { [self] event in note(event) } }

    private func note(_ event: CaptureEvent) {
        let word =
            switch event {
            case .sealed(let summary, let counts, _): "sealed \(summary.packets) of \(counts[.written])"
            case .buffered: "buffered"
            case .suspended: "suspended"
            case .resumed(_, let lost): "resumed after \(lost)"
            case .removed(let summary): "removed \(summary.packets)"
            case .lossBegan(let meter, _): "losing by \(meter.cause.rawValue)"
            case .alive: "alive"
            case .leftOpen: "left open"
            case .expired: "expired"
            case .retentionFailed: "not expired"
            case .captureEnded: "capture ended"
            case .ended: "ended"
            }
        state.withLock { state in
            state.events.append(event)
            state.words.append(word)
        }
    }
}
