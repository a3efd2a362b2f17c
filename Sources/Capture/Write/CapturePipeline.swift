import Linux
import Pcap
import Rules
import Synchronization

/// The pipeline of one capture on one tap: what its store, its writer thread and the control plane share.
final class CapturePipeline: Sendable {
    let source: CaptureSource
    let exchange: Exchange
    let counters = CaptureCounters()
    private let retention: SegmentCatalog
    private let interface: Interface
    private let writer = Mutex<DedicatedThread?>(nil)

    init(_ rule: CaptureRule, retention: SegmentCatalog, interface: Interface) throws(SystemError) {
        source = CaptureSource(capture: rule.name, interface: interface.name)
        (self.retention, self.interface) = (retention, interface)
        exchange = try Exchange(rule.buffers)
    }

    /// Identifies the pipeline: a tap that drops a capture and serves it again has two of one source for a while.
    var id: ObjectIdentifier { ObjectIdentifier(counters) }

    /// The counts and the activity so far.
    var record: CaptureRecord {
        var activity = counters.activity.activity
        activity.storingSince = counters.progress.storingSince
        return CaptureRecord(source: source, counts: counters.counts, activity: activity)
    }

    func store(for rule: CaptureRule, linkType: LinkType) -> Store {
        Store(rule, interface: interface, linkType: linkType, exchange: exchange, counters: counters)
    }

    /// Starts the writer thread.
    func start(
        _ rule: CaptureRule, worker: Int, tapCounters: TapCounters, ending: TapEnding, cpu: Int?,
        report: @escaping CaptureReport
    ) throws(SystemError) {
        let loop = WriterLoop(
            source: source, rule: rule, exchange: exchange, retention: retention, counters: counters,
            tapCounters: tapCounters, report: report)
        for meter in [counters.holdLosses, counters.diskLosses] {
            let subject = LossSubject(
                tap: ending.index, worker: worker, interface: source.interface, capture: source.capture)
            meter.attach(subject, report: report)
        }
        let id = id
        ending.threadBegins()
        do {
            let thread = try DedicatedThread("write \(source.capture)", cpu: cpu, state: loop) { loop in
                loop.run()
                report(.captureEnded(tap: ending.index, pipeline: id))
                ending.threadEnds()
            }
            keep(thread)
        } catch {
            ending.threadEnds()
            throw error
        }
    }
}

extension CapturePipeline {
    private func keep(_ thread: consuming DedicatedThread) {
        var thread: DedicatedThread? = consume thread
        writer.withLock { $0 = thread.take() }
    }
}
