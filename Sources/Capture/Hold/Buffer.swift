import Linux

/// Page-aligned memory that is filled from the front, written to disk and emptied. Its owner determines its role:
/// store, hold or free (I4). The kernel provides its pages when they are first filled.
struct Buffer: ~Copyable, Sendable {
    /// Bytes that are filled.
    private(set) var count = 0
    private let memory: Mapping
    /// Whether the buffer has been full once. It will be again, so huge pages pay.
    private var wasFull = false

    /// An empty buffer of `size` bytes.
    init(size: Int) throws(SystemError) { memory = try Mapping(anonymous: size) }

    /// Bytes that still fit.
    var room: Int { memory.count - count }

    /// The filled bytes.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: memory.base, byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Appends words, in memory order. They must fit.
    @inline(__always)
    mutating func append<let wordCount: Int>(_ words: [wordCount of UInt32]) {
        precondition(wordCount * 4 <= room)
        unsafe (memory.base + count).storeBytes(of: words, as: [wordCount of UInt32].self)
        count += wordCount * 4
    }

    /// Appends `bytes`. They must fit.
    @inline(__always)
    mutating func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= room)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (memory.base + count).copyMemory(from: start, byteCount: source.count)
        }
        count += bytes.byteCount
    }

    /// Appends `bytes`. They must fit.
    mutating func append(_ bytes: [UInt8]) { unsafe append(bytes.span.bytes) }

    /// Appends the first `count` bytes of a frame. A VLAN tag is put back behind the two MAC addresses, as on the
    /// wire. The bytes must fit.
    @inline(__always)
    mutating func append(_ frame: RawSpan, tag: UInt32?, count: Int) {
        guard let tag else { return append(frame.extracting(first: count)) }
        append(frame, tag: tag, count: count)
    }

    private mutating func append(_ frame: RawSpan, tag: UInt32, count: Int) {
        let addresses = min(12, frame.byteCount, count)
        append(frame.extracting(first: addresses))
        let tagBytes: [1 of UInt32] = [tag.bigEndian]
        unsafe append(tagBytes.span.bytes.extracting(first: min(4, count - addresses)))
        append(frame.extracting(droppingFirst: addresses).extracting(first: max(0, count - addresses - 4)))
    }

    /// Appends zeros up to a multiple of four bytes. Four bytes must fit.
    mutating func align() {
        precondition(room >= 4)
        unsafe (memory.base + count).storeBytes(of: 0, as: UInt32.self)
        count = (count + 3) & ~3
    }

    /// Size of the whole pages among the filled bytes.
    var wholePages: Int { count / File.pageSize * File.pageSize }

    /// Appends the bytes behind the last whole page of `other`. They must fit.
    mutating func append(partialPageOf other: borrowing Buffer) {
        append(other.bytes.extracting(droppingFirst: other.wholePages))
    }

    /// Lets `fill` write up to `size` bytes behind the filled ones and return their number. `size` bytes must fit.
    mutating func append<Failure: Error>(
        upTo size: Int, from fill: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        precondition(size <= room)
        var free = unsafe MutableRawSpan(_unsafeStart: memory.base + count, byteCount: size)
        let added = try fill(&free)
        precondition((0...size).contains(added))
        count += added
    }

    /// Moves the bytes behind the last whole page to the front and discards the rest.
    mutating func keepPartialPage() {
        let rest = count - wholePages
        unsafe memory.base.copyMemory(from: memory.base + wholePages, byteCount: rest)
        count = rest
    }

    /// Empties the buffer. A buffer that was full for the first time gets huge pages, which reduce the cost of direct
    /// I/O to a third. A capture that never fills a buffer keeps the small pages that it touched.
    mutating func clear() {
        if !wasFull, room < memory.count / 4 {
            memory.makeHuge()
            wasFull = true
        }
        count = 0
    }
}
