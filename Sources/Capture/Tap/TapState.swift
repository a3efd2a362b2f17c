import BPF
package import Rules

/// The input of a changeover: the current state of a tap. A value, so that any thread can make the changeover while
/// the control loop continues.
package struct TapState: Sendable {
    /// The tap's number.
    package let index: Int
    package let rule: TapRule
    let pipelines: [CapturePipeline]
    let classifier: Classifier
    let counters: TapCounters
    let ending: TapEnding
    let report: CaptureReport
}
