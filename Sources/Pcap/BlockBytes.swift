/// Builds one block of a pcapng file: type, length, body, options, length again, all little-endian.
struct BlockBytes {
    private var bytes: [UInt8] = []

    /// `words` are the fields in front of the options.
    init(_ type: BlockType, _ words: UInt32...) {
        bytes = ([type.rawValue, 0] + words).littleEndianBytes  // 0: the length; `finished` sets it
    }

    /// Appends an option: code, length, value, and zeros up to a multiple of 32 bits. Truncates a value that is longer
    /// than the length field allows.
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

    /// The upper half of a time comes first, whatever the byte order.
    mutating func append(_ code: PcapngOption.Code, time ticks: UInt64) {
        append(code, count: ticks << 32 | ticks >> 32)
    }

    /// Appends the end of the options and the length; returns the block.
    consuming func finished() -> [UInt8] {
        let length = UInt32(bytes.count + 8)
        bytes += [UInt32(PcapngOption.Code.end.rawValue), length].littleEndianBytes
        bytes.replaceSubrange(4..<8, with: bytes.suffix(4))
        return bytes
    }
}
