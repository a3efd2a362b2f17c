/// Builds capture files word by word, in either byte order.
package struct HandMade {
    package var bytes: [UInt8] = []
    package var isBigEndian = false

    package init(isBigEndian: Bool = false) { self.isBigEndian = isBigEndian }

    package mutating func append<Number: FixedWidthInteger>(_ numbers: Number...) {
        for number in numbers {
            let ordered = isBigEndian ? number.bigEndian : number.littleEndian
            for byte in 0..<MemoryLayout<Number>.size { bytes.append(UInt8(truncatingIfNeeded: ordered >> (8 * byte))) }
        }
    }

    package mutating func append(padded more: [UInt8]) {
        bytes += more + Array(repeating: 0, count: -more.count & 3)
    }

    /// Appends a block of pcapng around the words that `body` appends.
    package mutating func block(_ type: UInt32, _ body: (inout HandMade) -> Void) {
        var inner = HandMade(isBigEndian: isBigEndian)
        body(&inner)
        let length = UInt32(12 + inner.bytes.count)
        append(type, length)
        bytes += inner.bytes
        append(length)
    }

    package mutating func section(major: UInt16 = 1) {
        block(0x0a0d_0d0a) { body in
            body.append(0x1a2b_3c4d as UInt32)
            body.append(major, 0)
            body.append(UInt64.max)
        }
    }

    package mutating func interface(linkType: UInt16 = 1, snapLength: UInt32 = 262_144, _ options: (UInt16, [UInt8])...)
    {
        block(1) { body in
            body.append(linkType, 0)
            body.append(snapLength)
            body.options(options)
        }
    }

    package mutating func enhancedPacket(
        interface: UInt32 = 0, ticks: UInt64, wireLength: UInt32? = nil, _ packet: [UInt8],
        _ options: (UInt16, [UInt8])...
    ) {
        block(6) { body in
            let count = UInt32(packet.count)
            body.append(interface, UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks), count, wireLength ?? count)
            body.append(padded: packet)
            body.options(options)
        }
    }

    package mutating func options(_ options: [(UInt16, [UInt8])]) {
        for (code, value) in options {
            append(code, UInt16(value.count))
            append(padded: value)
        }
        if !options.isEmpty { append(0 as UInt32) }
    }

    /// Appends the header of a pcap file.
    package mutating func header(version: (UInt16, UInt16) = (2, 4), snapLength: UInt32 = 65535, linkType: UInt32 = 1) {
        append(0xa1b2_c3d4 as UInt32)
        append(version.0, version.1)
        append(0 as UInt32, 0, snapLength, linkType)
    }

    package mutating func record(first: UInt32? = nil, second: UInt32? = nil, _ packet: [UInt8]) {
        append(1 as UInt32, 999_999, first ?? UInt32(packet.count), second ?? UInt32(packet.count))
        bytes += packet
    }
}

/// A file of one section with these blocks.
package func pcapng(bigEndian: Bool = false, _ blocks: (inout HandMade) -> Void) -> [UInt8] {
    var file = HandMade(isBigEndian: bigEndian)
    file.section()
    blocks(&file)
    return file.bytes
}

/// A pcap file with a usual header and these records.
package func pcap(_ records: (inout HandMade) -> Void = { _ in }) -> [UInt8] {
    var file = HandMade()
    file.header()
    records(&file)
    return file.bytes
}
