/// Reads the packets of a pcap or pcapng file, from anywhere its bytes come from, in constant memory.
///
///     var reader = CaptureReader()
///     while reader.wantsBytes {
///         try reader.fill { buffer in try read(from: file, into: &buffer) }
///         while let packet = try reader.next() { use(packet) }
///     }
///
/// The file stands in the buffer piece by piece, a piece being a record of pcap or a block of pcapng. `next` gives the
/// packets that are there whole; `fill` moves what is left to the front and appends to it. So a packet is not copied between
/// the source's read(2) and its user, and the compiler sees to it that nobody keeps one for longer.
public struct CaptureReader: ~Copyable {
    /// No piece is longer, unless it is skipped: the longest packet, and as much again for what else is said about it. It
    /// is also the size of the buffer, which then stays in a processor's cache.
    public static let largestPiece = 2 * Int(CaptureInterface.maximumSnapLength)

    private var buffer = ReadBuffer(capacity: largestPiece)
    private var hasEnded = false
    private var damage: CaptureDamage?
    /// Where the next piece starts in the file.
    private var position: UInt64 = 0
    /// A piece that is skipped, as it does not fit in the buffer: its size, and how much of it is gone.
    private var skipped = (size: 0, count: 0)

    /// Nil until the first bytes have told.
    private var format: (any CaptureFormat)?
    /// The packet that was read last, and where its piece stands in the buffer.
    private var record: Record?
    private var recordPiece = 0..<0

    /// How many packets were read.
    public private(set) var count: UInt64 = 0

    public init() {}

    /// False once the source has given all it has, or damage makes the rest unreadable.
    public var wantsBytes: Bool { !hasEnded && damage == nil }

    /// The interfaces that packets may refer to, so far. Each section of a pcapng file has its own.
    public var interfaces: [CaptureInterface] { format?.interfaces ?? [] }

    /// Lets `source` put the next bytes of the file at the start of its argument, and say how many; 0 is the end of the file.
    public mutating func fill<Failure: Error>(
        from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        record = nil
        hasEnded = try !buffer.append(from: source)
    }

    /// The next packet; nil when it takes more bytes, or when the file has ended as it should.
    @_lifetime(&self)
    public mutating func next() throws(CaptureDamage) -> PacketRecord? {
        if let damage { throw damage }
        do throws(Mismatch) {
            try advance()
        } catch {
            let damage = CaptureDamage(offset: position, expected: error.expected, found: error.found)
            self.damage = damage
            throw damage
        }
        return current
    }

    /// The packet that `next` gave last, until the next `fill`: for those who merge several files.
    public var current: PacketRecord? {
        @_lifetime(borrow self) get {
            guard let record else { return nil }
            return PacketRecord(record, number: count, piece: buffer.bytes(recordPiece))
        }
    }

    /// Reads pieces until one is a packet.
    private mutating func advance() throws(Mismatch) {
        record = nil
        guard try recognize() else { return }
        while record == nil, let size = try sizeOfWholePiece() {
            recordPiece = buffer.unread.prefix(size)
            record = try format?.read(recordPiece, of: buffer)
            drop(size)
        }
        if record != nil { count += 1 }
    }

    /// Learns the format from the first bytes; false as long as they are missing.
    private mutating func recognize() throws(Mismatch) -> Bool {
        if format != nil { return true }
        guard try has(FileStart.size, "a file header of \(FileStart.size) bytes") else { return false }
        let start = try FileStart.format(buffer.bytes(buffer.unread))
        format = start.format
        drop(start.size)
        return true
    }

    /// The size of the piece that comes next; nil until all of it is in the buffer, and at the end of the file.
    private mutating func sizeOfWholePiece() throws(Mismatch) -> Int? {
        while let format, try skip(), !buffer.unread.isEmpty {
            let headSize = format.headSize
            guard try has(headSize, "a \(format.piece) header of \(headSize) bytes") else { return nil }
            let size = try format.size(head: buffer.bytes(buffer.unread.prefix(headSize)))
            if size <= Self.largestPiece {
                return try has(size, "a \(format.piece) of \(size) bytes") ? size : nil
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
            throw Mismatch(
                expected: "a block of \(skipped.size) bytes", found: "the end of the file after \(skipped.count)")
        }
        position += UInt64(skipped.size)
        skipped = (0, 0)
        return true
    }

    /// Whether so many bytes are there. When they never will be, that is damage.
    private func has(_ size: Int, _ expected: @autoclosure () -> String) throws(Mismatch) -> Bool {
        if buffer.unread.count >= size { return true }
        guard hasEnded else { return false }
        throw Mismatch(expected: expected(), found: "the end of the file after \(buffer.unread.count)")
    }

    private mutating func drop(_ size: Int) {
        buffer.drop(size)
        position += UInt64(size)
    }
}
