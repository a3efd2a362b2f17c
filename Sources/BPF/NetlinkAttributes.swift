/// The search of `ld #nla` and `ld #nlan`: attributes of netlink messages, each a length and a type of 16 bits in host order,
/// then data, then padding to 4 bytes (linux/netlink.h). The length counts itself and the type, but not the padding.
enum NetlinkAttributes {
    /// The offset of the first attribute of a type in the packet's bytes from `start` to the end; 0 if there is none.
    static func find(_ type: UInt32, in packet: RawSpan, from start: UInt32) -> UInt32 {
        find(type, in: packet, from: Int(start), length: packet.byteCount - Int(start))
    }

    /// The same within the data of the attribute at `outer`.
    static func find(_ type: UInt32, in packet: RawSpan, nestedAt outer: UInt32) -> UInt32 {
        guard let length = packet.hostHalf(at: Int(outer)), Int(outer) + 4 <= packet.byteCount,
            Int(outer) + Int(length) <= packet.byteCount
        else { return 0 }
        return find(type, in: packet, from: Int(outer) + 4, length: Int(length) - 4)
    }

    private static func find(_ type: UInt32, in packet: RawSpan, from start: Int, length: Int) -> UInt32 {
        var (offset, remaining) = (start, length)
        while remaining >= 4, let length = packet.hostHalf(at: offset), let word = packet.hostHalf(at: offset + 2) {
            guard length >= 4, Int(length) <= remaining else { return 0 }
            if UInt32(word & 0x3fff) == type { return UInt32(offset) }  // the two highest bits are flags
            let step = (Int(length) + 3) & ~3
            (offset, remaining) = (offset + step, remaining - step)
        }
        return 0
    }
}
