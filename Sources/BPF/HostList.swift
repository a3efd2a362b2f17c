/// A set of addresses and networks that a filter expression refers to by name.
///
/// A filter interprets the list as libpcap's `net A or net B or ...` of all entries.
public struct HostList: Equatable, Hashable, Sendable {
    /// The IPv4 entries; nil if there are none.
    public let ipv4: AddressTable?
    /// The IPv6 entries; nil if there are none.
    public let ipv6: AddressTable?

    /// Creates a list from address ranges in any order. A network is the range of its addresses.
    public init(ipv4: [ClosedRange<UInt32>] = [], ipv6: [ClosedRange<UInt128>] = []) {
        self.ipv4 = ipv4.isEmpty ? nil : AddressTable(ipv4: ipv4)
        self.ipv6 = ipv6.isEmpty ? nil : AddressTable(ipv6: ipv6)
    }

    /// The number of addresses and networks, including overlapping ones.
    public var count: Int { (ipv4?.entryCount ?? 0) + (ipv6?.entryCount ?? 0) }
}

/// A reference of a program to an address table.
public struct ListUse: Equatable, Hashable, Sendable {
    /// The table that the program looks addresses up in.
    public let table: AddressTable
    /// Whether the program wants addresses outside the table, as in `not @NAME`.
    ///
    /// It only affects which addresses become uncertain if the kernel filter must be shorter than the table.
    public let isNegated: Bool

    /// Creates a reference to a table.
    public init(_ table: AddressTable, isNegated: Bool = false) { (self.table, self.isNegated) = (table, isNegated) }
}
