import BPF

/// What a changeover of a tap is made from: what the tap is now. A value, so that the changeover is made on any thread while
/// the control plane's loop goes on.
public struct TapState: Sendable {
    /// The tap's number.
    public let index: Int
    public let rule: TapRule
    let outlets: [CapturePipeline]
    let classifier: Classifier
    let counters: TapCounters
    let ending: TapEnding
    let report: CaptureReport
}
