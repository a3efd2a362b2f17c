/// A bounds-checked position in a range of bytes.
///
/// All reads go through `divide`, which makes the only bounds check. It returns a cursor, so a block's body is read
/// without regard to the bytes behind it.
struct Cursor: ~Escapable {
    /// The unread bytes.
    private(set) var rest: RawSpan
    /// The number of bytes read, counted from the start of the record or block.
    private(set) var offset = 0
    let byteOrder: ByteOrder

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ byteOrder: ByteOrder) {
        rest = bytes
        self.byteOrder = byteOrder
    }

    /// Returns the next `count` bytes and moves past them.
    @inline(__always)  // as a call, it takes half of the time to read a small packet
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
        Mismatch(expected: "\(count) more bytes in this block or record", found: "\(rest.byteCount)")
    }

    /// Reads the next bytes as an integer in the writer's byte order.
    @inline(__always)
    mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self
    ) throws(Mismatch) -> Number {
        let bytes = try divide(at: MemoryLayout<Number>.size).rest
        // All byte values form a valid integer, and `divide` has checked the bounds.
        let number = unsafe bytes.unsafeLoadUnaligned(as: Number.self)
        return byteOrder == .little ? Number(littleEndian: number) : Number(bigEndian: number)
    }
}

/// The byte order of integers in a file. The writer chooses it, so a reader must detect it.
enum ByteOrder {
    case little, big
}
