import Linux
import Pcap

/// The store side of one capture on one interface: appends finished records to the store buffer, decides where a segment
/// ends, and hands full buffers over. Lives on the drain thread.
struct Store: ~Copyable, Sendable {
    private let rule: CaptureRule
    private let header: PcapHeader
    private let exchange: Exchange
    private let counters: CaptureCounters

    /// The buffer being filled; nil from a rotation until the next record finds a free one.
    private var buffer: Buffer?
    /// Packets in the buffer.
    private var records = 0
    /// When the first packet of the segment came, if the buffer begins one.
    private var begins: Timestamp?
    private var last = Timestamp(seconds: 0, nanoseconds: 0)
    /// When the buffer got its first record, by the monotonic clock, to within one block; nil while it has none.
    private var waitingSince: UInt64?
    /// The open segment; nil before its first record.
    private var segment: Extent?

    // Published once for each block.
    private var matched: UInt64 = 0
    private var holdDropped: UInt64 = 0
    private var truncated: UInt64 = 0

    init(_ rule: CaptureRule, linkType: LinkType, exchange: Exchange, counters: CaptureCounters) {
        self.rule = rule
        header = PcapHeader(precision: rule.precision, snapLength: rule.snapLength, linkType: linkType)
        (self.exchange, self.counters) = (exchange, counters)
    }

    /// Appends a packet; false when it does not fit and no buffer is free, and then nothing has happened to it.
    mutating func append(_ packet: borrowing Packet) -> Bool {
        let tag = header.linkType.hasEthernetHeader ? packet.tag : nil
        let tagLength: UInt32 = tag == nil ? 0 : 4
        let captured = min(UInt32(packet.bytes.byteCount) + tagLength, rule.snapLength)
        let length = PcapRecordHeader.size + Int(captured)
        let second = Int64(packet.seconds)

        if let segment, !segment.takes(length: length, second: second) { endSegment() }
        if let room = buffer?.room, room < length { rotate() }
        guard buffer != nil || obtainBuffer(until: 0) else { return false }
        if segment == nil { beginSegment(with: packet) }

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
        segment?.add(length: length)
        records += 1
        last = Timestamp(seconds: second, nanoseconds: packet.nanoseconds)
        matched += 1
        if captured < wireLength { truncated += 1 }
        return true
    }

    /// Makes a free buffer the store; waits for one until the monotonic clock reaches `deadline`. False when none came.
    mutating func obtainBuffer(until deadline: UInt64) -> Bool {
        guard let free = exchange.takeFree(until: deadline) else { return false }
        buffer = consume free
        // A writer that lost its segment to a disk error needs one that begins anew.
        if exchange.wantsNewSegment { segment = nil }
        return true
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
        if let waitingSince, now >= waitingSince + rule.flush { rotate() }
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

    private mutating func beginSegment(with packet: borrowing Packet) {
        segment = Extent(rule.rotation, from: Int64(packet.seconds), headerSize: PcapHeader.size)
        begins = Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds)
        buffer?.append(header.words)
    }

    private mutating func endSegment() {
        guard segment != nil else { return }
        rotate()
        exchange.give(.seal)
        segment = nil
    }

    /// Store becomes hold.
    private mutating func rotate() {
        guard records > 0, let full = buffer.take() else { return }
        exchange.give(.write(Hold(buffer: full, records: records, begins: begins, last: last)))
        (records, begins, waitingSince) = (0, nil, nil)
    }
}
