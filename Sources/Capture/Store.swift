import Linux
import Pcap

/// The store side of one capture on one interface: appends finished records to the store buffer, decides where a segment
/// ends, and hands buffers over. Lives on the drain thread.
///
/// A buffer holds bytes of the file, from a page boundary of it on. Only whole pages can be written past the page cache, so
/// when a full buffer becomes hold, the bytes after its last whole page are copied to the beginning of the next store; a
/// record is handed over with the buffer that holds its last byte. A flush hands everything over and copies those bytes
/// all the same: the page will be written once more, when it is whole.
struct Store: ~Copyable, Sendable {
    private var rule: CaptureRule
    private var header: PcapHeader
    private let exchange: Exchange
    private let counters: CaptureCounters

    /// The buffer being filled; nil between segments.
    private var buffer: Buffer?
    /// A free buffer that was waited for.
    private var spare: Buffer?
    /// Whether a buffer was waited for in vain, and none came since.
    private(set) var isStalled = false
    /// Where the buffer begins in the file: at a page.
    private var offset: Int64 = 0
    /// Packets appended and not handed over.
    private var records = 0
    /// How many of them end within the whole pages of the buffer, and where in it the last of those ends.
    private var settled = (records: 0, end: 0)
    /// When the first packet of the segment came, until the buffer that begins it is handed over.
    private var begins: Timestamp?
    private var last = Timestamp(seconds: 0, nanoseconds: 0)
    /// When the oldest record that is not handed over came, by the monotonic clock, to within one block; nil without any.
    private var waitingSince: UInt64?
    /// The open segment; nil between segments.
    private var segment: Extent?

    // Published once for each block.
    private var matched: UInt64 = 0
    private var holdDropped: UInt64 = 0
    private var truncated: UInt64 = 0

    init(_ rule: CaptureRule, linkType: LinkType, exchange: Exchange, counters: CaptureCounters) {
        self.rule = rule
        header = rule.header(for: linkType)
        (self.exchange, self.counters) = (exchange, counters)
    }

    /// Appends a packet; false when it does not fit and no buffer is free, and then nothing has happened to it.
    mutating func append(_ packet: borrowing Packet) -> Bool {
        let tag = header.linkType.hasEthernetHeader ? packet.tag : nil
        let tagLength: UInt32 = tag == nil ? 0 : 4
        let captured = min(UInt32(packet.bytes.byteCount) + tagLength, rule.snapLength)
        let length = PcapRecordHeader.size + Int(captured)

        if let segment, !segment.takes(length: length, second: Int64(packet.seconds)) { endSegment() }
        if let room = buffer?.room, room < length { guard rotate(flushing: false) else { return false } }
        if segment == nil { guard beginSegment(with: packet) else { return false } }

        let fraction = rule.precision == .nano ? packet.nanoseconds : packet.nanoseconds / 1000
        let wireLength = packet.wireLength + tagLength
        buffer?.append(
            PcapRecordHeader(
                seconds: packet.seconds, fraction: fraction, capturedLength: captured, wireLength: wireLength
            ).words)
        if let tag {
            buffer?.append(packet.bytes, tag: tag, count: Int(captured))
        } else {
            buffer?.append(packet.bytes.extracting(first: Int(captured)))
        }
        appended(length)
        last = Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds)
        if captured < wireLength { truncated += 1 }
        return true
    }

    /// Counts the record of `length` bytes at the end of the buffer.
    private mutating func appended(_ length: Int) {
        segment?.add(length: length)
        matched += 1
        let end = buffer?.count ?? 0
        let start = end - length
        if end % File.pageSize == 0 {
            settled = (records + 1, end)
        } else if end / File.pageSize > start / File.pageSize {
            settled = (records, start)
        }
        records += 1
    }

    /// Waits for a free buffer until the monotonic clock reaches `deadline`; false when none came.
    mutating func awaitBuffer(until deadline: UInt64) -> Bool {
        if spare == nil { spare = exchange.takeFree(until: deadline) }
        isStalled = spare == nil && (isStalled || deadline > 0)
        return spare != nil
    }

    /// Goes on with another rule. Where that makes another kind of file, or puts it elsewhere, the open segment ends.
    mutating func change(to next: CaptureRule, retention: Retention) {
        let nextHeader = next.header(for: header.linkType)
        if nextHeader != header || next.directory != rule.directory { endSegment() }
        segment?.change(to: next.rotation)
        exchange.give(.change(next, retention))
        (rule, header) = (next, nextHeader)
    }

    /// Counts a packet that was meant for this capture and is lost because no buffer is free.
    mutating func drop() {
        matched += 1
        holdDropped += 1
    }

    /// Publishes the counts, and notes the time at which the records of the last block came.
    mutating func endOfBlock(at now: UInt64) {
        if records > 0, waitingSince == nil { waitingSince = now }
        counters.publish(matched: matched, holdDropped: holdDropped, truncated: truncated)
    }

    /// Does what time asks for: ends a segment whose interval is over, hands over records that have waited long enough.
    ///
    /// `settled` is the second, by the wall clock, before which no packet is on its way any more.
    mutating func tend(at now: UInt64, settled: Int64) {
        if let interval = segment?.interval, settled >= interval.upperBound { endSegment() }
        if let waiting = waitingSince, now >= waiting + rule.flush {
            // Without a free buffer the writer is busy with older records; ask again in a while.
            if !rotate(flushing: true) { waitingSince = now }
        }
    }

    /// When `tend` has something to do by the monotonic clock.
    var flushDeadline: UInt64? { waitingSince.map { $0 + rule.flush } }
    /// And by the wall clock.
    var segmentDeadline: Int64? { segment?.interval?.upperBound }

    /// Hands over what is left and ends the segment.
    mutating func finish() {
        endSegment()
        exchange.close()
    }

    /// Gives up what has not been written.
    mutating func abandon() {
        holdDropped += UInt64(records) + exchange.countAbandoned()
        counters.publish(matched: matched, holdDropped: holdDropped, truncated: truncated)
    }

    /// A free buffer becomes store, and begins with the file's header. False when none is free.
    private mutating func beginSegment(with packet: borrowing Packet) -> Bool {
        guard awaitBuffer(until: 0) else { return false }
        buffer = spare.take()
        buffer?.append(header.words)
        offset = 0
        segment = Extent(rule.rotation, from: Int64(packet.seconds), headerSize: PcapHeader.size)
        begins = Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds)
        return true
    }

    /// Store becomes hold, whole, and the segment ends behind it. Needs no free buffer.
    private mutating func endSegment() {
        guard let full = buffer.take() else { return }
        if records > 0 { handOver(full, isFlush: true) } else { exchange.giveFree(full) }
        exchange.give(.seal)
        segment = nil
    }

    /// Store becomes hold and a free buffer becomes store, within a segment. False when none is free.
    private mutating func rotate(flushing isFlush: Bool) -> Bool {
        guard awaitBuffer(until: 0) else { return false }
        guard let full = buffer.take() else { return false }
        if exchange.wantsNewSegment {
            // The writer lost its segment to a disk error; it can go on only with one that begins anew.
            handOver(full, isFlush: true)
            segment = nil
            return true
        }
        buffer = spare.take()
        let whole = full.wholePages
        buffer?.append(partialPageOf: full)
        handOver(full, isFlush: isFlush)
        offset += Int64(whole)
        return true
    }

    /// Hands a buffer over: all of it, or its whole pages.
    private mutating func handOver(_ full: consuming Buffer, isFlush: Bool) {
        let (count, end) = isFlush ? (records, full.count) : settled
        let hold = Hold(
            buffer: full, offset: offset, isFlush: isFlush, records: count, wholeEnd: offset + Int64(end),
            begins: begins,
            last: last)
        exchange.give(.write(hold))
        records -= count
        (settled, begins, waitingSince) = ((0, 0), nil, nil)
    }
}

extension CaptureRule {
    /// What stands at the beginning of a segment.
    fileprivate func header(for linkType: LinkType) -> PcapHeader {
        PcapHeader(precision: precision, snapLength: snapLength, linkType: linkType)
    }
}
