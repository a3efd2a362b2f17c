/// Divides the incoming bytes of a file into pieces: records of pcap, blocks of pcapng.
struct BlockStream: ~Copyable {
    private(set) var buffer: ReadBuffer
    private(set) var hasEnded = false
    /// Whether the file may grow. Then a source without bytes does not end it.
    private let isOpen: Bool
    /// Offset of the next piece in the file.
    private(set) var position: UInt64
    /// Range of the piece that was taken last, in the buffer.
    private(set) var last = 0..<0
    /// The piece being skipped, as it does not fit in the buffer: its size, and the number of its bytes dropped so
    /// far.
    private var skipped = (size: 0, count: 0)

    /// Starts at offset `position` of the file.
    init(largest: Int, at position: UInt64, isOpen: Bool) {
        buffer = ReadBuffer(capacity: largest)
        (self.position, self.isOpen) = (position, isOpen)
    }

    /// Reads bytes from the source; false if it had none.
    mutating func append<Failure: Error>(
        from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Bool {
        let isMore = try buffer.append(from: source)
        hasEnded = !isMore && !isOpen
        return isMore
    }

    /// Continues at another offset of the file. The source has yet to deliver the bytes there.
    mutating func jump(to position: UInt64) {
        buffer.drop(buffer.unread.count)
        (self.position, last, skipped, hasEnded) = (position, 0..<0, (0, 0), false)
    }

    /// Whether `size` unread bytes are in the buffer. Throws if the file ends before them.
    func has(_ size: Int, _ expected: @autoclosure () -> String) throws(Mismatch) -> Bool {
        if buffer.unread.count >= size { return true }
        guard hasEnded else { return false }
        throw Mismatch(expected: expected(), butEndsAfter: buffer.unread.count)
    }

    /// Takes the next `size` bytes, which must be in the buffer.
    mutating func take(_ size: Int) {
        last = buffer.unread.prefix(size)
        buffer.drop(size)
        position += UInt64(size)
    }

    /// The size of the next piece; nil until it is complete, and at the end of the file.
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

    /// Drops the available bytes of a skipped piece; true if none remain to be skipped.
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
