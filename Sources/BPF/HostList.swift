/// Addresses and networks, as a file lists them. To filters it means libpcap's `net A or net B or ...` of all of them.
public struct HostList: Equatable, Hashable, Sendable {
    /// Nil where the list names none of that family.
    public let ipv4: AddressTable?
    public let ipv6: AddressTable?

    public init(ipv4: [ClosedRange<UInt32>] = [], ipv6: [ClosedRange<UInt128>] = []) {
        self.ipv4 = ipv4.isEmpty ? nil : AddressTable(ipv4: ipv4)
        self.ipv6 = ipv6.isEmpty ? nil : AddressTable(ipv6: ipv6)
    }

    /// How many addresses and networks it names.
    public var count: Int { (ipv4?.entryCount ?? 0) + (ipv6?.entryCount ?? 0) }
}

/// A table as a program looks things up in it.
public struct ListUse: Equatable, Hashable, Sendable {
    public let table: AddressTable
    /// Whether the program wants what is outside: `not @NAME`. Decides about nothing but which addresses become uncertain where
    /// the kernel's filter must be shorter than the table.
    public let isNegated: Bool

    public init(_ table: AddressTable, isNegated: Bool = false) { (self.table, self.isNegated) = (table, isNegated) }
}
