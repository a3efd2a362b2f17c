/// Information about a packet beyond its bytes. The kernel has it in the sk_buff, a capture in the headers of the
/// ring.
///
/// Programs read it through extensions such as `ld #proto` and `ld #vlan_tci`.
public struct PacketMetadata: Equatable, Sendable {
    // Ordered without padding, so that a caller fills in one per packet with a few wide stores.

    /// The interface index; 0 if there is no interface, in which case a load of the index ends the program.
    public var interfaceIndex: UInt32 = 0
    /// The firewall mark.
    public var mark: UInt32 = 0
    /// The hash that the network card or the kernel computed from addresses and ports.
    public var receiveHash: UInt32 = 0
    /// The number of the CPU that runs the filter, from 0.
    public var processor: UInt32 = 0
    /// The offset of the network header, in bytes from the start of the packet. The link-layer header is at 0.
    public var networkOffset: UInt32 = 14
    /// The result of `ld #poff`. This module does not reimplement the kernel's flow dissector; a caller that knows
    /// the offset can set it.
    public var payloadOffset: UInt32 = 0
    /// The link-layer protocol: an EtherType in host byte order.
    public var proto: UInt16 = 0
    /// The hardware type, such as ARPHRD_ETHER (1), from linux/if_arp.h.
    public var hardwareType: UInt16 = 0
    /// The receive queue index.
    public var queue: UInt16 = 0
    /// The VLAN tag that was removed from the packet, as TCI and TPID; 0 if there was none.
    public var vlanTCI: UInt16 = 0
    /// The EtherType (TPID) of the VLAN tag that was removed; 0 if there was none.
    public var vlanTPID: UInt16 = 0
    /// Whether a VLAN tag was removed.
    public var vlanIsPresent = false
    /// The packet type, such as PACKET_HOST (0) or PACKET_OUTGOING (4), from linux/if_packet.h.
    public var packetType: UInt8 = 0

    /// Creates the metadata of a packet in an Ethernet frame without an interface.
    public init() {}

    /// The value that an extension loads. It is nil only for `ifidx` and `hatype`, and ends the program with A as its
    /// verdict.
    func value(of name: Extension, a: UInt32, x: UInt32, packet: RawSpan) -> UInt32? {
        switch name {
        case .proto: UInt32(proto)
        case .type: UInt32(packetType)
        case .ifidx: interfaceIndex == 0 ? nil : interfaceIndex
        case .nla: NetlinkAttributes.find(x, in: packet, from: a)
        case .nlan: NetlinkAttributes.find(x, in: packet, nestedAt: a)
        case .mark: mark
        case .queue: UInt32(queue)
        case .hatype: interfaceIndex == 0 ? nil : UInt32(hardwareType)
        case .rxhash: receiveHash
        case .cpu: processor
        case .xorX: a ^ x
        case .vlanTCI: UInt32(vlanTCI)
        case .vlanPresent: vlanIsPresent ? 1 : 0
        case .payloadOffset: payloadOffset
        case .random: .random(in: 0 ... .max)
        case .vlanTPID: UInt32(vlanTPID)
        }
    }
}
