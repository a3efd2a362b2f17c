/// Why a packet that the kernel accepted is in no segment.
package enum LossCause: String, CaseIterable, Sendable {
    /// The ring was full.
    case ring
    /// No buffer was free.
    case hold
    /// The disk refused it.
    case disk
}

/// What a loss meter counts the drops of.
package struct LossSubject: Equatable, Sendable {
    /// The index of the tap.
    package var tap: Int
    /// The tap's place among those that share the interface's packets by flow.
    package var worker: Int
    package var interface: String
    /// The capture that loses the packets; nil for drops in the tap's ring, which affect all its captures.
    package var capture: String?

    package init(tap: Int, worker: Int, interface: String, capture: String?) {
        (self.tap, self.worker, self.interface, self.capture) = (tap, worker, interface, capture)
    }
}
