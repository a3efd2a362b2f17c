/// A place in some bytes, which it never leaves.
///
/// Everything is read through `divide`, so that there is one bounds check to get right. What it cuts off is a cursor
/// again: a block's body can be read without any thought for what stands after it.
struct Cursor: ~Escapable {
    /// The bytes that were not read yet.
    private(set) var rest: RawSpan
    /// How many were read, counted from the start of the record or block.
    private(set) var offset = 0
    let byteOrder: ByteOrder

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ byteOrder: ByteOrder) {
        rest = bytes
        self.byteOrder = byteOrder
    }

    /// The next `count` bytes; the cursor is then past them.
    @inline(__always)  // half of the time of reading a small packet, where it is a call
    @_lifetime(copy self)
    mutating func divide(at count: Int) throws(Mismatch) -> Cursor {
        guard count >= 0, count <= rest.byteCount else { throw tooShort(for: count) }
        var head = self
        head.rest = rest.extracting(first: count)
        rest = rest.extracting(droppingFirst: count)
        offset += count
        return head
    }

    @inline(never)
    private func tooShort(for count: Int) -> Mismatch {
        Mismatch(expected: "\(count) more bytes inside it", found: "\(rest.byteCount)")
    }

    /// The next bytes as a number, in the writer's byte order.
    @inline(__always)
    mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self
    ) throws(Mismatch) -> Number {
        let bytes = try divide(at: MemoryLayout<Number>.size).rest
        // Any bytes are a valid integer, and `divide` has just made sure that they are there.
        let number = unsafe bytes.unsafeLoadUnaligned(as: Number.self)
        return byteOrder == .little ? Number(littleEndian: number) : Number(bigEndian: number)
    }
}

/// Which end of a number stands first. It is the writer's: a reader has to look.
enum ByteOrder {
    case little, big
}
