import Linux

/// Tracks which records end within the whole pages of a buffer, and are in the file once those pages are written.
/// Records fill the buffer from the front, one or several at a time. The buffer begins at a page of the file.
struct WholeRecords: Sendable {
    /// Records that are not handed over yet.
    private(set) var count = 0
    /// The records that end within whole pages, and where in the buffer the last of them ends.
    private var whole = (records: 0, end: 0)

    /// Adds records that occupy `start` to `end` in the buffer; they are complete together, with their last byte.
    @inline(__always)
    mutating func add(_ records: Int = 1, from start: Int, to end: Int) {
        if end & (File.pageSize - 1) == 0 {
            whole = (count + records, end)
        } else if (end ^ start) & ~(File.pageSize - 1) != 0 {
            whole = (count, start)
        }
        count += records
    }

    /// Removes the records that are in the file once the whole pages of the buffer are written (or all its `size`
    /// bytes). Returns their number and the end of the last one. The other records belong to the next buffer.
    mutating func handOver(all isAll: Bool, of size: Int) -> (records: Int, end: Int) {
        let taken: (records: Int, end: Int) = isAll ? (count, size) : whole
        count -= taken.records
        whole = (0, 0)
        return taken
    }
}
