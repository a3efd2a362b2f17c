/// A buffer on its way to disk.
struct Hold: ~Copyable, Sendable {
    var buffer: Buffer
    /// Where it goes in the file: at a page, if the file is not compressed.
    var offset: Int64
    /// Whether the bytes after its last whole page are to be written too; if not, they come again with the next buffer.
    var isFlush: Bool
    /// How many packets are in the file when this is written and were not before.
    var records: Int
    /// Where in the file the last whole record then ends.
    var wholeEnd: Int64
    /// Set when the buffer begins a segment (its first bytes are the file's header): when the first packet came.
    var begins: Timestamp?
    /// When the last packet in it came.
    var last: Timestamp
    /// Since when its oldest packet has been here, by the monotonic clock.
    var since: UInt64

    /// The buffer, once what is in it is written, or lost.
    consuming func release() -> Buffer { buffer }
}
