import CLinux

/// Packet metadata that Linux provides beside the packet's bytes.
///
/// A program loads an extension from an offset that no packet has: SKF_AD_OFF plus the raw value (linux/filter.h).
public enum Extension: UInt32, Equatable, Hashable, Sendable, CaseIterable {
    /// The link-layer protocol: an EtherType in host byte order.
    case proto = 0
    /// The packet type: PACKET_HOST, PACKET_OUTGOING and so on.
    case type = 4
    /// The interface index. Without an interface, the program ends with the current A as its verdict. (The kernel's
    /// filter.rst states that the packet is dropped, but eBPF returns A, and nothing clears it.)
    case ifidx = 8
    /// The offset of the netlink attribute of type X, searched from offset A; 0 if there is none.
    case nla = 12
    /// The offset of the netlink attribute of type X nested in the attribute at offset A; 0 if there is none.
    case nlan = 16
    /// The firewall mark.
    case mark = 20
    /// The receive queue index.
    case queue = 24
    /// The hardware type of the interface, such as ARPHRD_ETHER. Without an interface, as for `ifidx`.
    case hatype = 28
    /// The receive hash.
    case rxhash = 32
    /// The number of the CPU that runs the filter.
    case cpu = 36
    /// Not a load: A <- A ^ X. Predates the `xor` opcode.
    case xorX = 40
    /// The VLAN tag (TCI) that was removed from the packet.
    case vlanTCI = 44
    /// Whether a VLAN tag was removed: 1 or 0.
    case vlanPresent = 48
    /// The offset of the payload after the headers that the kernel's flow dissector recognizes.
    case payloadOffset = 52
    /// A random number, new at each execution.
    case random = 56
    /// The EtherType (TPID) of the VLAN tag that was removed.
    case vlanTPID = 60

    /// The offset of the first extension: SKF_AD_OFF, that is -4096.
    public static let base: UInt32 = 0xffff_f000

    /// The offset of an absolute load of this extension.
    public var offset: UInt32 { Extension.base + rawValue }

    /// The extension at the offset of an absolute load; nil if the offset names none.
    public init?(offset: UInt32) {
        guard offset >= Extension.base else { return nil }
        self.init(rawValue: offset - Extension.base)
    }

    /// The name in assembly, as in the kernel's bpf_asm. bpf_asm has no name for `xor_x`; that name is libpcap's.
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

/// Offsets that count from a header instead of the first byte of the packet.
///
/// Offsets from 0xfff0_0000 up count from the network header (SKF_NET_OFF), those from 0xffe0_0000 up from the
/// link-layer header (SKF_LL_OFF), wherever these lie in the kernel's buffer.
enum HeaderOffset {
    static let network: UInt32 = 0xfff0_0000
    static let link: UInt32 = 0xffe0_0000
}
