/// The buffer between the source of a file's bytes and the reader: unread bytes, and space behind them.
struct ReadBuffer: ~Copyable {
    private(set) var capacity: Int
    private var storage: [UInt8]
    /// Range of the unread bytes.
    private(set) var unread = 0..<0

    init(capacity: Int) {
        self.capacity = capacity
        storage = Array(repeating: 0, count: capacity)
    }

    /// The bytes in a range, read or not.
    @_lifetime(borrow self)
    func bytes(_ range: Range<Int>) -> RawSpan {
        // An array of bytes has no padding, so all of its memory is initialized.
        unsafe storage.span.bytes.extracting(range)
    }

    /// Marks the next `count` bytes as read. They stay in place until `append`.
    mutating func drop(_ count: Int) {
        unread = unread.lowerBound + count..<unread.upperBound
    }

    /// Enlarges the buffer.
    mutating func grow(to capacity: Int) {
        storage += Array(repeating: 0, count: capacity - self.capacity)
        self.capacity = capacity
    }

    /// Moves the unread bytes to the front, and lets `source` write behind them; false at the end of the source.
    mutating func append<Failure: Error>(
        from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Bool {
        moveToFront()
        let end = unread.upperBound
        guard end < capacity else { return true }  // full of unread bytes
        var span = storage.mutableSpan
        var bytes = unsafe span.mutableBytes
        var free = bytes._mutatingExtracting(droppingFirst: end)
        let count = try source(&free)
        precondition((0...capacity - end).contains(count), "a source cannot give more than there is room for")
        unread = 0..<end + count
        return count > 0
    }

    private mutating func moveToFront() {
        guard unread.lowerBound > 0 else { return }
        unsafe storage.withUnsafeMutableBytes { unsafe $0.copyMemory(from: .init(rebasing: $0[unread])) }
        unread = 0..<unread.count
    }
}
