// Pcap: the file formats, as values and bytes.
//
// A pcap file is a header of 24 bytes and then records: 16 bytes of header (time, captured length, length on the wire) and
// the packet. Its words are in the writer's byte order (ours is always little-endian); the magic number tells the reader
// which, and whether the fraction of a second counts micro- or nanoseconds. Nothing here reads or writes a file: bytes in, values out.
// Source: draft-ietf-opsawg-pcap, pcap-savefile(5).

/// What the first byte of a packet belongs to: a LINKTYPE_ value of https://www.tcpdump.org/linktypes.html.
public struct LinkType: Equatable, Hashable, Sendable {
    /// The number in a capture file's header.
    public let number: UInt16
    /// The number libpcap's functions take (DLT_), which differs from the file's for a few types.
    public let dataLinkType: Int32
    /// libpcap's name, without the prefix.
    public let name: String
    /// Whether a frame starts with two MAC addresses, so that a VLAN tag stands after 12 bytes.
    public var hasEthernetHeader: Bool { self == .ethernet }

    public static let ethernet = LinkType(number: 1, dataLinkType: 1, name: "EN10MB")
    public static let rawIP = LinkType(number: 101, dataLinkType: 12, name: "RAW")
    public static let radiotap = LinkType(number: 127, dataLinkType: 127, name: "IEEE802_11_RADIO")
}
