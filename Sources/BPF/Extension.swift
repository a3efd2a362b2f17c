import CLinux

/// What Linux knows about a packet beside its bytes, loaded from offsets that no packet has: SKF_AD_OFF + the raw value
/// (linux/filter.h).
public enum Extension: UInt32, Equatable, Hashable, Sendable, CaseIterable {
    /// The protocol of the link layer, an Ethernet type, in host order.
    case proto = 0
    /// Whom the packet is for: PACKET_HOST, PACKET_OUTGOING, ...
    case type = 4
    /// The interface's index. Where there is no interface, the program ends, and A as it was is the verdict. (The kernel's
    /// filter.rst has it that the packet is dropped, but A is where eBPF returns from, and nothing clears it.)
    case ifidx = 8
    /// The offset of the netlink attribute of type X, searched from offset A; 0 if there is none.
    case nla = 12
    /// The same within the attribute at offset A.
    case nlan = 16
    /// The firewall's mark.
    case mark = 20
    /// The receive queue.
    case queue = 24
    /// The interface's hardware type: ARPHRD_ETHER, ... Without an interface as `ifidx`.
    case hatype = 28
    /// The receive hash.
    case rxhash = 32
    /// The processor that runs the filter.
    case cpu = 36
    /// No load at all: A <- A ^ X, from before `xor` had an opcode.
    case xorX = 40
    /// The VLAN tag that was taken off the packet.
    case vlanTCI = 44
    /// Whether there was one: 1 or 0.
    case vlanPresent = 48
    /// The offset of the payload after the headers that the kernel's flow dissector knows.
    case payloadOffset = 52
    /// A random number, another one at each execution.
    case random = 56
    /// The Ethernet type of the VLAN tag that was taken off.
    case vlanTPID = 60

    /// Where the extensions begin: SKF_AD_OFF, -4096 as an offset.
    public static let base: UInt32 = 0xffff_f000

    /// The offset that an absolute load of this extension has.
    public var offset: UInt32 { Extension.base + rawValue }

    /// The extension at an offset of an absolute load, if it is one.
    public init?(offset: UInt32) {
        guard offset >= Extension.base else { return nil }
        self.init(rawValue: offset - Extension.base)
    }

    /// The name in assembly, as in the kernel's bpf_asm (which has no name for `xor_x`; this one is libpcap's).
    public var name: String {
        switch self {
        case .xorX: "xor_x"
        case .vlanTCI: "vlan_tci"
        case .vlanPresent: "vlan_avail"
        case .payloadOffset: "poff"
        case .random: "rand"
        case .vlanTPID: "vlan_tpid"
        default: "\(self)"
        }
    }
}

/// Offsets from 0xfff0_0000 count from the network header (SKF_NET_OFF), those from 0xffe0_0000 from the link header
/// (SKF_LL_OFF), wherever in the kernel's buffer these are.
enum HeaderOffset {
    static let network: UInt32 = 0xfff0_0000
    static let link: UInt32 = 0xffe0_0000
}
