public import BPF
import Linux

/// What one capture wants on one interface: its packets, and how to store them.
public struct CapturePlan: Equatable, Sendable {
    public var rule: CaptureRule
    /// Selects the packets.
    public var filter: VerifiedProgram
    public var promiscuous: Bool
    public var direction: Direction

    public init(rule: CaptureRule, filter: VerifiedProgram, promiscuous: Bool, direction: Direction) {
        (self.rule, self.filter, self.promiscuous, self.direction) = (rule, filter, promiscuous, direction)
    }

    /// The packets that the capture wants, by their relation to this host. A loopback interface shows every packet
    /// twice, as sent and as received; the capture gets one of the two.
    func types(on interface: Interface, promiscuousTap: Bool) -> PacketTypes {
        var types: PacketTypes = direction == .out ? .outgoing : .all
        if direction == .in || (direction == .both && interface.isLoopback) { types.remove(.outgoing) }
        if promiscuousTap && !promiscuous { types.remove(.otherHost) }
        return types
    }
}
