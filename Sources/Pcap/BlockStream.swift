/// A file that comes a few bytes at a time, cut into its pieces: records of pcap, blocks of pcapng.
struct BlockStream: ~Copyable {
    private(set) var buffer: ReadBuffer
    private(set) var hasEnded = false
    /// Whether the source may give more after it had nothing to give: then there is no end.
    private let isOpen: Bool
    /// Where the next piece starts in the file.
    private(set) var position: UInt64
    /// Where the piece that was taken last stands in the buffer.
    private(set) var last = 0..<0
    /// A piece that is skipped, as it does not fit in the buffer: its size, and how much of it is gone.
    private var skipped = (size: 0, count: 0)

    /// Begins at `position` in the file.
    init(largest: Int, at position: UInt64, isOpen: Bool) {
        buffer = ReadBuffer(capacity: largest)
        (self.position, self.isOpen) = (position, isOpen)
    }

    /// Lets the source give bytes; false when it had none.
    mutating func append<Failure: Error>(
        from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Bool {
        let isMore = try buffer.append(from: source)
        hasEnded = !isMore && !isOpen
        return isMore
    }

    /// Goes on at another place in the file, with bytes that are still to be given.
    mutating func jump(to position: UInt64) {
        buffer.drop(buffer.unread.count)
        (self.position, last, skipped, hasEnded) = (position, 0..<0, (0, 0), false)
    }

    /// Whether `size` bytes are there to be taken. When they never will be, that is damage.
    func has(_ size: Int, _ expected: @autoclosure () -> String) throws(Mismatch) -> Bool {
        if buffer.unread.count >= size { return true }
        guard hasEnded else { return false }
        throw Mismatch(expected: expected(), butEndsAfter: buffer.unread.count)
    }

    /// Takes the next `size` bytes, which are there.
    mutating func take(_ size: Int) {
        last = buffer.unread.prefix(size)
        buffer.drop(size)
        position += UInt64(size)
    }

    /// The size of the next piece; nil until all of it is there, and at the end of the file.
    mutating func next<Format: CaptureFormat>(_ format: borrowing Format) throws(Mismatch) -> Int? {
        while try skip(), !buffer.unread.isEmpty {
            let headSize = Format.headSize
            guard try has(headSize, "a \(Format.piece) header of \(headSize) bytes") else { return nil }
            let size = try format.size(head: buffer.bytes(buffer.unread.prefix(headSize)))
            if size > buffer.capacity, try format.isRead(head: buffer.bytes(buffer.unread.prefix(headSize))) {
                buffer.grow(to: size)
            }
            if size <= buffer.capacity {
                return try has(size, "a \(Format.piece) of \(size) bytes") ? size : nil
            }
            skipped.size = size
        }
        return nil
    }

    /// Drops what is there of a piece that does not fit; true when nothing is missing of it.
    private mutating func skip() throws(Mismatch) -> Bool {
        guard skipped.size > 0 else { return true }
        let count = min(skipped.size - skipped.count, buffer.unread.count)
        buffer.drop(count)
        skipped.count += count
        guard skipped.count == skipped.size else {
            guard hasEnded else { return false }
            throw Mismatch(expected: "a block of \(skipped.size) bytes", butEndsAfter: skipped.count)
        }
        position += UInt64(skipped.size)
        skipped = (0, 0)
        return true
    }
}
