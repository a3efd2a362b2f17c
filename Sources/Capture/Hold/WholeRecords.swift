import Linux

/// Which of the records in a buffer end within its whole pages, and so are in the file once those are written. Records come from the
/// front of the buffer to its end, one or several at a time, and page 0 of the buffer begins at a page of the file.
struct WholeRecords: Sendable {
    /// Records that are not handed over.
    private(set) var count = 0
    /// Those of them that end within whole pages, and where in the buffer the last of these ends.
    private var settled = (records: 0, end: 0)

    /// Adds records that stand from `start` to `end` in the buffer; all of them are whole when the last byte is.
    @inline(__always)
    mutating func add(_ records: Int = 1, from start: Int, to end: Int) {
        if end & (File.pageSize - 1) == 0 {
            settled = (count + records, end)
        } else if (end ^ start) & ~(File.pageSize - 1) != 0 {
            settled = (count, start)
        }
        count += records
    }

    /// The records that the file has when the whole pages of the buffer are written, or all of its `size` bytes, and where the last
    /// one ends. Those that are left belong to the next buffer.
    mutating func handOver(all isAll: Bool, of size: Int) -> (records: Int, end: Int) {
        let taken: (records: Int, end: Int) = isAll ? (count, size) : settled
        count -= taken.records
        settled = (0, 0)
        return taken
    }
}
