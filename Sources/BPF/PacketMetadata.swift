/// What is known about a packet beside its bytes: the kernel has it in its sk_buff, a capture has it in the ring's headers.
/// Programs read it with the extensions (`ld #proto`, `ld #vlan_tci`, ...).
public struct PacketMetadata: Equatable, Sendable {
    // In an order without gaps, so that a caller who fills one in for every packet does it with a few wide stores.

    /// The interface's index, and 0 for a packet of no interface: asking for the index then ends the program.
    public var interfaceIndex: UInt32 = 0
    /// The firewall's mark.
    public var mark: UInt32 = 0
    /// What the network card or the kernel computed of addresses and ports.
    public var receiveHash: UInt32 = 0
    /// The processor that runs the filter, counted from 0.
    public var processor: UInt32 = 0
    /// Where the network header begins, in bytes from the first of the packet; the link header begins at 0.
    public var networkOffset: UInt32 = 14
    /// What `ld #poff` loads. The kernel's flow dissector is not rebuilt here: who knows the offset may say it.
    public var payloadOffset: UInt32 = 0
    /// The link layer's protocol: an Ethernet type, in host order.
    public var proto: UInt16 = 0
    /// ARPHRD_ETHER (1), ... of linux/if_arp.h.
    public var hardwareType: UInt16 = 0
    /// The receive queue.
    public var queue: UInt16 = 0
    /// The VLAN tag that was taken off the packet: TCI and TPID, 0 where there was none.
    public var vlanTCI: UInt16 = 0
    public var vlanTPID: UInt16 = 0
    /// Whether there was one.
    public var vlanIsPresent = false
    /// PACKET_HOST (0), PACKET_OUTGOING (4), ... of linux/if_packet.h.
    public var packetType: UInt8 = 0

    /// A packet of no interface, in an Ethernet frame.
    public init() {}

    /// What loading an extension gives; nil, which only `ifidx` and `hatype` can be, ends the program with A as the verdict.
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
