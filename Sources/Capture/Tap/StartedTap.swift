import BPF
import Linux

/// A tap with running threads that receives nothing yet. Any thread may create it; the control loop makes it a
/// `RunningTap`. Releasing it stops and joins its threads.
public struct StartedTap: ~Copyable, Sendable {
    let rule: TapRule
    let ring: RingGeometry
    let socket: PacketSocket
    let orders: TapCommands
    let counters: TapCounters
    /// In the order of `rule.captures`, which is the order of the stores.
    let outlets: [CapturePipeline]
    let classifier: Classifier
    let ending: TapEnding
    let report: CaptureReport
    private let drainer: DedicatedThread

    init(
        rule: TapRule, ring: RingGeometry, socket: PacketSocket, orders: TapCommands, counters: TapCounters,
        outlets: [CapturePipeline], classifier: Classifier, ending: TapEnding, report: @escaping CaptureReport,
        drainer: consuming DedicatedThread
    ) {
        (self.rule, self.ring, self.socket, self.orders) = (rule, ring, socket, orders)
        (self.counters, self.outlets, self.classifier) = (counters, outlets, classifier)
        (self.ending, self.report) = (ending, report)
        self.drainer = drainer
    }

    deinit { orders.stop() }
}
