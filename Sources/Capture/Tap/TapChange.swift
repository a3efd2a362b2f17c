import BPF
import BasicContainers
import Rules

/// How the captures of a running tap change.
struct TapChange: ~Copyable, Sendable {
    /// Captures that continue with another rule, by the index of their store.
    var rules: [(index: Int, rule: CaptureRule, retention: SegmentCatalog)] = []
    /// Captures that end, by the index of their store, in descending order.
    var removed: [Int] = []
    /// Stores of the captures that begin; appended after those that stay.
    var added = UniqueArray<Store>()
    /// Decides which captures a packet belongs to, from the change on.
    var classifier: Classifier
    /// Called when the change applies: an old filter adds no later packet to a segment.
    var acknowledge: @Sendable () -> Void = {}

    /// Changes only the classifier.
    init(classifier: Classifier) { self.classifier = classifier }
}
