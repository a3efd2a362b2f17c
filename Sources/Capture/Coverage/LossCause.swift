/// Why a packet that the kernel accepted is in no segment.
public enum LossCause: String, CaseIterable, Sendable {
    /// The ring was full.
    case ring
    /// No buffer was free.
    case hold
    /// The disk refused it.
    case disk
}

/// What a loss meter counts the drops of.
public struct LossSubject: Equatable, Sendable {
    /// The index of the tap.
    public var tap: Int
    /// The tap's place among those that share the interface's packets by flow.
    public var worker: Int
    public var interface: String
    /// The capture that loses the packets; nil for drops in the tap's ring, which affect all its captures.
    public var capture: String?

    public init(tap: Int, worker: Int, interface: String, capture: String?) {
        (self.tap, self.worker, self.interface, self.capture) = (tap, worker, interface, capture)
    }
}
