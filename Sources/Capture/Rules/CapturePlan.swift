public import BPF
import Linux

/// What one capture wants on one interface: which packets, and what becomes of them.
public struct CapturePlan: Equatable, Sendable {
    public var rule: CaptureRule
    /// Which packets, whole.
    public var filter: VerifiedProgram
    public var promiscuous: Bool
    public var direction: Direction

    public init(rule: CaptureRule, filter: VerifiedProgram, promiscuous: Bool, direction: Direction) {
        (self.rule, self.filter, self.promiscuous, self.direction) = (rule, filter, promiscuous, direction)
    }

    /// Which packets, by what they are to this host. On a loopback interface every packet is sent and then received: one
    /// of the two is enough.
    func types(on interface: Interface, promiscuousTap: Bool) -> PacketTypes {
        var types: PacketTypes = direction == .out ? .outgoing : .all
        if direction == .in || (direction == .both && interface.isLoopback) { types.remove(.outgoing) }
        if promiscuousTap && !promiscuous { types.remove(.otherHost) }
        return types
    }
}
