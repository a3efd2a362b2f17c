/// Why a packet that the kernel accepted is in no segment.
public enum LossCause: String, CaseIterable, Sendable {
    /// The ring was full.
    case ring
    /// No buffer was free.
    case hold
    /// The disk did not take it.
    case disk
}

/// Whose losses a meter counts.
public struct LossSubject: Equatable, Sendable {
    /// The index of the tap.
    public var tap: Int
    /// Which of the taps that share the interface's packets by flow.
    public var worker: Int
    public var interface: String
    /// The capture that loses them; nil: the ring of the tap does, for all captures that it serves.
    public var capture: String?

    public init(tap: Int, worker: Int, interface: String, capture: String?) {
        (self.tap, self.worker, self.interface, self.capture) = (tap, worker, interface, capture)
    }
}
