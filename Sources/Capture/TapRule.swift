public import BPF
import CLinux
public import Linux
public import Pcap

/// What a tap asks of the kernel.
public struct TapRule: Equatable, Sendable {
    public var interface: Interface
    /// What to keep; see `Program.limited` for how much of it.
    public var program: Program
    public var promiscuous: Bool
    public var direction: Direction
    public var ring: RingGeometry

    public init(
        interface: Interface, program: Program, promiscuous: Bool, direction: Direction, ring: RingGeometry
    ) {
        (self.interface, self.program) = (interface, program)
        (self.promiscuous, self.direction, self.ring) = (promiscuous, direction, ring)
    }

    /// The program as the kernel gets it for packets cut to `snapLength`.
    public func kernelProgram(snapLength: UInt32) -> Program {
        let limited = program.limited(to: snapLength)
        return direction == .out ? limited.outgoingOnly() : limited
    }

    /// Whether sent packets are left out: when only received ones are wanted, and on a loopback interface, where every
    /// packet is sent and then received.
    var ignoresOutgoing: Bool { direction == .in || (direction == .both && interface.isLoopback) }
}

extension Interface {
    /// How its frames begin; nil for a kind that Holdfast does not capture. See linux/if_arp.h.
    public var linkType: LinkType? {
        switch Int32(hardwareType) {
        case ARPHRD_ETHER, ARPHRD_LOOPBACK: .ethernet
        case ARPHRD_NONE, ARPHRD_RAWIP: .rawIP
        case ARPHRD_IEEE80211_RADIOTAP: .radiotap
        default: nil
        }
    }
}
