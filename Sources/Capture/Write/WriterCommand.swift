import Rules

/// A command of a drain thread to its writer thread. Commands run in order.
enum WriterCommand: ~Copyable, Sendable {
    case write(Hold)
    /// End the segment. The closure, if any, is called when it is sealed.
    case seal(Sealed?)
    /// Switch to another rule.
    case change(CaptureRule, SegmentCatalog)
}
