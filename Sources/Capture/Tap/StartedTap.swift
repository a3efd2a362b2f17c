import BPF
import Linux
import Rules

/// A tap with running threads that receives nothing yet. Any thread may create it; the control loop makes it a
/// `RunningTap`. Releasing it stops and joins its threads.
package struct StartedTap: ~Copyable, Sendable {
    let rule: TapRule
    let ring: RingGeometry
    let socket: any TapSocket
    let commands: TapCommands
    let counters: TapCounters
    /// In the order of `rule.captures`, which is the order of the stores.
    let pipelines: [CapturePipeline]
    let classifier: Classifier
    let ending: TapEnding
    let report: CaptureReport
    private let drainer: DedicatedThread

    init(
        rule: TapRule, ring: RingGeometry, socket: any TapSocket, commands: TapCommands, counters: TapCounters,
        pipelines: [CapturePipeline], classifier: Classifier, ending: TapEnding, report: @escaping CaptureReport,
        drainer: consuming DedicatedThread
    ) {
        (self.rule, self.ring, self.socket, self.commands) = (rule, ring, socket, commands)
        (self.counters, self.pipelines, self.classifier) = (counters, pipelines, classifier)
        (self.ending, self.report) = (ending, report)
        self.drainer = drainer
    }

    deinit { commands.stop() }
}
