/// The type of a packet's outermost header: a LINKTYPE_ value of https://www.tcpdump.org/linktypes.html.
///
/// Stores only the number, so that every packet can have a link type at no cost.
public struct LinkType: Equatable, Hashable, Sendable {
    /// The number in the header of a capture file.
    public let number: UInt16

    public init(number: UInt16) { self.number = number }

    public static let ethernet = LinkType(number: 1)
    public static let rawIP = LinkType(number: 101)
    public static let radiotap = LinkType(number: 127)

    /// Whether a frame starts with two MAC addresses, so that a VLAN tag follows after 12 bytes.
    public var hasEthernetHeader: Bool { self == .ethernet }

    /// The number that libpcap's functions take (DLT_). It differs from ``number`` where the systems that libpcap came
    /// from did not agree.
    public var dataLinkType: Int32 {
        switch number {
        case 100: 11  // ATM_RFC1483
        case 101: 12  // RAW
        case 102: 15  // SLIP_BSDOS
        case 103: 16  // PPP_BSDOS
        case 106: 19  // ATM_CLIP
        default: Int32(number)
        }
    }

    /// libpcap's name without the prefix; for rare link types, `LINKTYPE_` and the number.
    public var name: String {
        switch number {
        case 0: "NULL"
        case 1: "EN10MB"
        case 9: "PPP"
        case 101: "RAW"
        case 105: "IEEE802_11"
        case 108: "LOOP"
        case 113: "LINUX_SLL"
        case 127: "IEEE802_11_RADIO"
        case 189: "USB_LINUX"
        case 195: "IEEE802_15_4"
        case 220: "USB_LINUX_MMAPPED"
        case 228: "IPV4"
        case 229: "IPV6"
        case 239: "NFLOG"
        case 276: "LINUX_SLL2"
        default: "LINKTYPE_\(number)"
        }
    }
}
