import BPF
import BasicContainers

/// How the captures of a running tap change.
struct TapChange: ~Copyable, Sendable {
    /// Captures that go on with another rule, by their place among the stores.
    var rules: [(index: Int, rule: CaptureRule, retention: SegmentCatalog)] = []
    /// Captures that end, by their place, the last first.
    var removed: [Int] = []
    /// Captures that begin; their stores come behind those that stay.
    var added = UniqueArray<Store>()
    /// Says whose a packet is from now on.
    var classifier: Classifier
    /// Called when the change is in force: no packet that comes from then on reaches a segment because an old filter wants it.
    var acknowledge: @Sendable () -> Void = {}

    /// None but in the filter; `classifier` says what that is again.
    init(classifier: Classifier) { self.classifier = classifier }
}
