/// The search behind `ld #nla` and `ld #nlan` for netlink attributes (linux/netlink.h).
///
/// An attribute consists of a 16-bit length, a 16-bit type, data, and padding to 4 bytes. Length and type are in host
/// byte order. The length includes both fields but not the padding.
enum NetlinkAttributes {
    /// The offset of the first attribute of a type between `start` and the end of the packet; 0 if there is none.
    static func find(_ type: UInt32, in packet: RawSpan, from start: UInt32) -> UInt32 {
        find(type, in: packet, from: Int(start), length: packet.byteCount - Int(start))
    }

    /// The offset of the first attribute of a type in the data of the attribute at `outer`; 0 if there is none.
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
