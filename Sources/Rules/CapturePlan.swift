package import BPF
package import Linux

/// What one capture wants on one interface: its packets, and how to store them.
package struct CapturePlan: Equatable, Sendable {
    package var rule: CaptureRule
    /// Selects the packets.
    package var filter: VerifiedProgram
    package var promiscuous: Bool
    package var direction: Direction

    package init(rule: CaptureRule, filter: VerifiedProgram, promiscuous: Bool, direction: Direction) {
        (self.rule, self.filter, self.promiscuous, self.direction) = (rule, filter, promiscuous, direction)
    }

    /// The packets that the capture wants, by their relation to this host. A loopback interface shows every packet
    /// twice, as sent and as received; the capture gets one of the two.
    package func types(on interface: Interface, promiscuousTap: Bool) -> PacketTypes {
        var types: PacketTypes = direction == .out ? .outgoing : .all
        if direction == .in || (direction == .both && interface.isLoopback) { types.remove(.outgoing) }
        if promiscuousTap && !promiscuous { types.remove(.otherHost) }
        return types
    }
}
