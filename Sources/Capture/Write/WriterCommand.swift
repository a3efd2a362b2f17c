/// What a drain thread hands to its writer thread, in order.
enum WriterCommand: ~Copyable, Sendable {
    case write(Hold)
    /// The segment ends here. Somebody may want to know when it is sealed.
    case seal(Sealed?)
    /// The capture goes on with another rule.
    case change(CaptureRule, SegmentCatalog)
}
