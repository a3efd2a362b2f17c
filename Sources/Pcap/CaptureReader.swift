/// Reads the packets of a pcap or pcapng file, from anywhere its bytes come from, in constant memory.
///
///     var reader = CaptureReader()
///     while reader.wantsBytes {
///         try reader.fill { buffer in try read(from: file, into: &buffer) }
///         while let packet = try reader.next() { use(packet) }
///     }
///
/// `next` gives the packets that are in the buffer whole; `fill` moves what is left to the front and appends to it.
/// So a packet is not copied between the source's read(2) and its user, and the compiler sees to it that nobody keeps
/// one for longer. What cannot be read is thrown as `CaptureDamage`, after the packets before it.
public struct CaptureReader: ~Copyable {
    /// The size of the buffer, which then stays in a processor's cache: the longest packet, and as much again for
    /// what else is said about it. It grows where a block of pcapng is longer.
    public static let largestPiece = 2 * Int(CaptureInterface.maximumSnapLength)
    /// No block of pcapng is longer, unless it is skipped: as many bytes as libpcap and Wireshark read.
    static let longestBlock = 16 << 20

    private var pieces: BlockStream
    /// One of them, once the first bytes have told which.
    private var pcap: PcapFormat?
    private var pcapng: PcapngFormat?
    private var headStart: UInt64 = 0
    /// The packet that was read last, while it stands in the buffer.
    private var record = Record()
    private var hasRecord = false
    private var damage: CaptureDamage?

    /// How many packets were read.
    public private(set) var count: UInt64 = 0

    /// Begins at the start of a file, or at the section header at `offset`. `isOpen`: the file may grow, so a source
    /// without bytes is not its end, and an incomplete record is no damage.
    public init(at offset: UInt64 = 0, isOpen: Bool = false) {
        pieces = BlockStream(largest: CaptureReader.largestPiece, at: offset, isOpen: isOpen)
    }

    /// False once the source has given all it has, or damage makes the rest unreadable.
    public var wantsBytes: Bool { !pieces.hasEnded && damage == nil }

    /// Where the last record or block ends that was read, in bytes from the start of the file: up to there it is
    /// whole.
    public var position: UInt64 { pieces.position }

    /// The interfaces that packets may refer to, so far. Each section of a pcapng file has its own.
    public var interfaces: [CaptureInterface] { pcap?.interfaces ?? pcapng?.interfaces ?? [] }

    /// The bytes that a reader needs before it can begin at `position`: the file header, or the section header and
    /// the interface descriptions so far. Nil before they are read.
    public var head: Range<UInt64>? {
        if pcap != nil { return headStart..<headStart + UInt64(PcapHeader.size) }
        return pcapng.map { $0.head }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Continues at `offset`, the start of a record or block to which the present head applies, as if `count` packets
    /// had been read. The next bytes of the source come from there. Forgets damage.
    public mutating func jump(to offset: UInt64, after count: UInt64 = 0) {
        pieces.jump(to: offset)
        (hasRecord, damage, self.count) = (false, nil, count)
    }

    /// Lets `source` put the next bytes of the file at the start of its argument, and say how many; 0 is the end of
    /// the file. Returns whether there were any.
    @discardableResult
    public mutating func fill<Failure: Error>(
        from source: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) -> Bool {
        hasRecord = false
        return try pieces.append(from: source)
    }

    /// The next packet; nil when it takes more bytes, or when the file has ended as it should.
    @_lifetime(&self)
    public mutating func next() throws(CaptureDamage) -> PacketRecord? {
        _ = try advance()
        return current
    }

    /// Makes the next packet `current`; false if more bytes are needed, or at the regular end of the file.
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

    /// The packet that `next` gave last, until the next `fill`: for those who merge several files.
    public var current: PacketRecord? {
        @_lifetime(borrow self) get {
            guard hasRecord else { return nil }
            return PacketRecord(record, number: count, piece: pieces.buffer.bytes(pieces.last))
        }
    }

    /// Reads until the next packet is in `record`; false when it is not there whole.
    private mutating func read() throws(Mismatch) -> Bool {
        if let isThere = try pcap?.readPacket(from: &pieces, into: &record) { return isThere }
        if let isThere = try pcapng?.readPacket(from: &pieces, into: &record) { return isThere }
        guard try recognize() else { return false }
        return try read()
    }

    /// Learns the format from the first bytes; false as long as they are missing.
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
