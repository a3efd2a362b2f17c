import Linux

/// A full or flushed buffer on its way to disk.
struct Hold: ~Copyable, Sendable {
    var buffer: Buffer
    /// Its offset in the file; a multiple of the page size unless the file is compressed.
    var offset: Int64
    /// Whether to write the bytes behind the last whole page, too. If not, they are repeated at the start of the next
    /// buffer.
    var isFlush: Bool
    /// Packets that this write adds to the file.
    var records: Int
    /// Offset in the file at which the last whole record ends after this write.
    var wholeEnd: Int64
    /// Timestamp of the first packet if the buffer begins a segment, so that it starts with the file header; else nil.
    var begins: Timestamp?
    /// Timestamp of the last packet.
    var last: Timestamp
    /// Arrival of its oldest packet, by the monotonic clock, in nanoseconds.
    var since: UInt64

    /// The buffer, once what is in it is written, or lost.
    consuming func release() -> Buffer { buffer }
}
