/// Reads the packets of a pcap or pcapng file from any source of bytes, in constant memory.
///
///     var reader = CaptureReader()
///     while reader.wantsBytes {
///         try reader.fill { buffer in try read(from: file, into: &buffer) }
///         while let packet = try reader.next() { use(packet) }
///     }
///
/// ``next()`` returns the packets that are complete in the buffer; ``fill(from:)`` moves the remaining bytes to the
/// front and appends to them. Hence no packet is copied between the source's read(2) and its user, and the compiler
/// rejects code that keeps a packet for longer.
///
/// One owner, any thread. The reader throws ``CaptureDamage`` after the packets in front of the damage.
public struct CaptureReader: ~Copyable {
    /// The initial size of the buffer, in bytes: the longest packet, and as much again for its options. A buffer of
    /// this size stays in a processor's cache. It grows if a block of pcapng is longer.
    public static let largestPiece = 2 * Int(CaptureInterface.maximumSnapLength)
    /// The longest block of pcapng that is read, in bytes; the same limit as in libpcap and Wireshark. Blocks that are
    /// skipped may be longer.
    static let longestBlock = 16 << 20

    private var pieces: BlockStream
    /// At most one of the two is present, once the first bytes have determined the format.
    private var pcap: PcapFormat?
    private var pcapng: PcapngFormat?
    private var headStart: UInt64 = 0
    /// The last packet, as long as it is in the buffer.
    private var record = Record()
    private var hasRecord = false
    private var damage: CaptureDamage?

    /// The number of packets read.
    public private(set) var count: UInt64 = 0

    /// Starts at the beginning of a file, or at the section header at `offset`.
    ///
    /// If `isOpen` is true, the file may grow: a source without bytes does not end it, and an incomplete record is not
    /// damage.
    public init(at offset: UInt64 = 0, isOpen: Bool = false) {
        pieces = BlockStream(largest: CaptureReader.largestPiece, at: offset, isOpen: isOpen)
    }

    /// Whether the reader can use more bytes: false at the end of the source, and after damage.
    public var wantsBytes: Bool { !pieces.hasEnded && damage == nil }

    /// The end of the last record or block that was read, in bytes from the start of the file. Everything before it is
    /// intact.
    public var position: UInt64 { pieces.position }

    /// The interfaces known so far that packets may refer to. Each section of a pcapng file has its own.
    public var interfaces: [CaptureInterface] { pcap?.interfaces ?? pcapng?.interfaces ?? [] }

    /// The bytes that another reader must read before it can jump to ``position``: the file header, or the section
    /// header and the interface descriptions so far.
    ///
    /// In bytes from the start of the file. Nil until the reader has read them.
    public var head: Range<UInt64>? {
        if pcap != nil { return headStart..<headStart + UInt64(PcapHeader.size) }
        return pcapng.map { $0.head }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Continues at `offset`, as if `count` packets had been read, and discards damage.
    ///
    /// The current ``head`` must apply to the record or block that starts at `offset`. The next bytes from the source
    /// must come from there.
    public mutating func jump(to offset: UInt64, after count: UInt64 = 0) {
        pieces.jump(to: offset)
        (hasRecord, damage, self.count) = (false, nil, count)
    }

    /// Reads the next bytes of the file from `source`; returns whether there were any.
    ///
    /// `source` writes at the start of its argument and returns the number of bytes written; 0 is the end of the file.
    /// Throws what `source` throws. The current packet becomes invalid.
    @discardableResult
    public mutating func fill<Failure: Error>(
        from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Bool {
        hasRecord = false
        return try pieces.append(from: source)
    }

    /// Reads the next packet; nil if more bytes are needed, or at the regular end of the file.
    ///
    /// Throws ``CaptureDamage``, also on every later call until ``jump(to:after:)``.
    @_lifetime(&self)
    public mutating func next() throws(CaptureDamage) -> PacketRecord? {
        _ = try advance()
        return current
    }

    /// Makes the next packet ``current``; false if more bytes are needed, or at the regular end of the file.
    ///
    /// Throws ``CaptureDamage``, also on every later call until ``jump(to:after:)``.
    public mutating func advance() throws(CaptureDamage) -> Bool {
        if let damage { throw damage }
        do throws(Mismatch) {
            hasRecord = false
            hasRecord = try read()
        } catch {
            let damage = CaptureDamage(
                offset: pieces.position, expected: error.expected, found: error.found, isCut: error.isCut)
            self.damage = damage
            throw damage
        }
        if hasRecord { count += 1 }
        return hasRecord
    }

    /// Whether the buffer has bytes behind `position` and all are zeros: allocated space without data.
    package var isFollowedByZeros: Bool {
        let rest = pieces.buffer.bytes(pieces.buffer.unread)
        guard !rest.isEmpty else { return false }
        return unsafe rest.withUnsafeBytes { bytes in unsafe bytes.allSatisfy { $0 == 0 } }
    }

    /// The packet read last, until the next ``fill(from:)``. A program that merges several files compares these.
    public var current: PacketRecord? {
        @_lifetime(borrow self) get {
            guard hasRecord else { return nil }
            return PacketRecord(record, number: count, piece: pieces.buffer.bytes(pieces.last))
        }
    }

    /// Reads the next packet into `record`; false if it is incomplete.
    private mutating func read() throws(Mismatch) -> Bool {
        if let isThere = try pcap?.readPacket(from: &pieces, into: &record) { return isThere }
        if let isThere = try pcapng?.readPacket(from: &pieces, into: &record) { return isThere }
        guard try recognize() else { return false }
        return try read()
    }

    /// Determines the format from the first bytes; false until they are available.
    private mutating func recognize() throws(Mismatch) -> Bool {
        // No pcapng file is shorter than a pcap header.
        guard try pieces.has(PcapHeader.size, "a file header of \(PcapHeader.size) bytes") else { return false }
        headStart = pieces.position
        switch try FileStart(pieces.buffer.bytes(pieces.buffer.unread)) {
        case .pcap(let format):
            pcap = format
            pieces.take(PcapHeader.size)
        case .pcapng:
            pcapng = PcapngFormat(at: pieces.position)
        }
        return true
    }
}
