/// A block of a pcapng file while it is put together: type, length, body, options, length again, all little-endian.
struct BlockBytes {
    private var bytes: [UInt8] = []

    /// The fields before the options are `words`.
    init(_ type: BlockType, _ words: UInt32...) {
        bytes = ([type.rawValue, 0] + words).littleEndianBytes  // 0: the length, which is known at the end
    }

    /// Appends an option: code and length, the value, and zeros up to 32 bits. Longer values than a length can say are cut.
    mutating func append(_ code: PcapngOption.Code, _ value: some Collection<UInt8>) {
        let value = value.prefix(Int(UInt16.max))
        bytes += [UInt32(code.rawValue) | UInt32(value.count) << 16].littleEndianBytes
        bytes += value
        bytes += repeatElement(0, count: -value.count & 3)
    }

    mutating func append(_ code: PcapngOption.Code, _ text: String) { append(code, text.utf8) }

    mutating func append(_ code: PcapngOption.Code, count: UInt64) {
        append(code, [UInt32(truncatingIfNeeded: count), UInt32(count >> 32)].littleEndianBytes)
    }

    /// A time has its upper half first, whatever the byte order.
    mutating func append(_ code: PcapngOption.Code, time ticks: UInt64) {
        append(code, count: ticks << 32 | ticks >> 32)
    }

    /// The block, with the end of its options and its length.
    consuming func finished() -> [UInt8] {
        let length = UInt32(bytes.count + 8)
        bytes += [UInt32(PcapngOption.Code.end.rawValue), length].littleEndianBytes
        bytes.replaceSubrange(4..<8, with: bytes.suffix(4))
        return bytes
    }
}
