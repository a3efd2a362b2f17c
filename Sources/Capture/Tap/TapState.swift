import BPF

/// The input of a changeover: the current state of a tap. A value, so that any thread can make the changeover while
/// the control loop continues.
public struct TapState: Sendable {
    /// The tap's number.
    public let index: Int
    public let rule: TapRule
    let pipelines: [CapturePipeline]
    let classifier: Classifier
    let counters: TapCounters
    let ending: TapEnding
    let report: CaptureReport
}
