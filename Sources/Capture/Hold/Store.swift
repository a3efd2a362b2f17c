import Linux
import Pcap
import Rules
import Segments

/// The store side of one capture on one interface: appends finished records to the store buffer, decides where a
/// segment ends, and hands buffers over. Belongs to the drain thread.
///
/// A buffer contains bytes of the file, from a page boundary of the file on. Only whole pages can bypass the page
/// cache. So when a full buffer becomes hold, the bytes behind its last whole page are copied to the beginning of the
/// next store. A record is handed over with the buffer that has its last byte. A flush hands everything over and
/// still copies those bytes: their page is written again when it is whole. For a compressed segment, each buffer has
/// whole records, and the `Compressor` handles pages.
struct Store: ~Copyable, Sendable {
    private var rule: CaptureRule
    private let interface: Interface
    private let linkType: LinkType
    private var layout: SegmentLayout
    private let exchange: Exchange
    private let counters: CaptureCounters

    /// The store buffer; nil between segments.
    private var buffer: Buffer?
    /// Its records that are not handed over yet.
    private var records = WholeRecords()
    /// Arrival of the oldest of these records, by the monotonic clock, to within one block; nil without records.
    private var waitingSince: UInt64?
    /// The free buffers.
    private var supply: BufferSupply

    /// The open segment; nil between segments.
    private var segment: SegmentLimits?
    /// Position in the file: the buffer's offset, at a page; the timestamp of the segment's first packet; and the same
    /// timestamp until the buffer that begins the segment is handed over.
    private var (offset, first, begins) = (Int64(0), Timestamp.epoch, Timestamp?.none)

    private var losses = Losses()
    private var counts = StoreCounts()

    init(
        _ rule: CaptureRule, interface: Interface, linkType: LinkType, exchange: Exchange, counters: CaptureCounters
    ) {
        (self.rule, self.interface, self.linkType) = (rule, interface, linkType)
        layout = SegmentLayout(rule, interface: interface, linkType: linkType)
        (self.exchange, self.counters) = (exchange, counters)
        supply = BufferSupply(from: exchange, waits: counters.activity.holdWaits)
    }

    /// The name of the capture.
    var capture: String { rule.name }

    /// Appends packets up to the first one that needs more work: a segment to begin or end, or a full buffer. Hand
    /// that one to `append(_:keeping:)`.
    mutating func append(_ packets: inout Packets) {
        while let packet = packets.first {
            let record = record(of: packet, keeping: .max)
            guard hasRoom(for: record), segment?.takes(length: record.length, second: record.second) == true else {
                return
            }
            put(packet, as: record)
            packets.removeFirst()
        }
    }

    /// Appends a packet. `limit` is the most bytes that its filter keeps, as the kernel counts them, without the VLAN
    /// tag. Returns false, with no effect, if the packet does not fit and no buffer is free.
    mutating func append(_ packet: borrowing Packet, keeping limit: UInt32) -> Bool {
        let record = record(of: packet, keeping: limit)
        if let segment, !segment.takes(length: record.length, second: record.second) { endSegment() }
        if buffer != nil, !hasRoom(for: record) { guard rotate(flushing: false) else { return false } }
        if segment == nil { guard beginSegment(with: packet) else { return false } }
        put(packet, as: record)
        return true
    }

    @inline(__always)
    private func record(of packet: borrowing Packet, keeping limit: UInt32) -> RecordShape {
        let tag = linkType.hasEthernetHeader ? packet.tag : nil
        let tagLength: UInt32 = tag == nil ? 0 : 4
        let captured = min(min(packet.length, limit) + tagLength, rule.snapLength)
        return RecordShape(
            tag: tag, captured: captured, wireLength: packet.wireLength + tagLength, second: Int64(packet.seconds),
            length: layout.recordLength(captured: captured, isAfterLoss: losses.beforeNextPacket > 0))
    }

    /// Whether the store buffer has room for the record and for the end of the segment behind it.
    @inline(__always)
    private mutating func hasRoom(for record: RecordShape) -> Bool {
        guard let room = buffer?.room else { return false }
        return record.length <= room - layout.trailerSize
    }

    /// Appends a packet that fits, and counts it.
    @inline(__always)
    private mutating func put(_ packet: borrowing Packet, as record: RecordShape) {
        let start = buffer?.count ?? 0
        buffer?.append(packet, as: record, lost: losses.beforeNextPacket, in: layout)
        records.add(from: start, to: start + record.length)
        segment?.add(length: record.length)
        losses.packetCame()
        counts.note(packet, record)
    }

    /// Waits for a free buffer until the monotonic clock reaches `deadline`; returns false if none came.
    mutating func awaitBuffer(until deadline: UInt64) -> Bool { supply.wait(until: deadline) }

    /// Whether a wait for a buffer failed and the writer has returned none since.
    var isStalled: Bool { supply.isStalled }

    /// Switches to another rule. If that changes the file format or the directory, the open segment ends.
    mutating func change(to next: CaptureRule, retention: SegmentCatalog) {
        let nextLayout = SegmentLayout(next, interface: interface, linkType: linkType)
        if nextLayout != layout || next.kind != rule.kind || next.directory != rule.directory { endSegment() }
        segment?.change(to: next.rotation)
        exchange.give(.change(next, retention))
        (rule, layout) = (next, nextLayout)
    }

    /// Counts a matched packet that is dropped because no buffer is free.
    mutating func drop(_ packet: borrowing Packet) {
        counts.noteDropped(at: Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds))
        losses.addHold()
    }

    /// Notes that the kernel dropped `count` packets of the tap before the next packet.
    mutating func note(ringDropped count: UInt64) { losses.add(ring: count) }

    /// Publishes the counts, and sets the arrival time of the block's records.
    mutating func endOfBlock(at now: UInt64) {
        if records.count > 0, waitingSince == nil { waitingSince = now }
        publish()
    }

    private mutating func publish() { counts.publish(to: counters) }

    /// Runs what is due: ends a segment whose interval is over, and flushes records that have waited long enough.
    ///
    /// `drainedSecond` is a second of the wall clock: no packet from before it is in flight.
    mutating func runTimers(at now: UInt64, drainedSecond: Int64) {
        if let interval = segment?.interval, drainedSecond >= interval.upperBound { endSegment() }
        if let waiting = waitingSince, now >= waiting + rule.flush {
            // Without a free buffer the writer is busy with older records, so retry later.
            if !rotate(flushing: true) { waitingSince = now }
        }
    }

    /// The next flush, by the monotonic clock, in nanoseconds.
    var flushDeadline: UInt64? { waitingSince.map { $0 + rule.flush } }
    /// The end of the open segment's interval, by the wall clock, in seconds since 1970.
    var segmentDeadline: Int64? { segment?.interval?.upperBound }

    /// Ends the open segment, if there is one. `acknowledge` is called when it is sealed.
    mutating func seal(_ acknowledge: @escaping Sealed) {
        // The previous segment may still wait to be sealed.
        if !endSegment(acknowledge) { exchange.give(.seal(acknowledge)) }
    }

    /// Hands over the remaining records and ends the segment.
    mutating func finish() {
        // This may be in the middle of a block, of which every packet was dropped.
        publish()
        endSegment()
        exchange.close()
    }

    /// Counts the packets handed over to a writer that takes no more commands.
    mutating func countAbandoned() {
        counts.noteLost(exchange.countAbandoned())
        publish()
    }

    /// Turns a free buffer into store, beginning with the file header. Returns false if none is free.
    private mutating func beginSegment(with packet: borrowing Packet) -> Bool {
        guard awaitBuffer(until: 0) else { return false }
        buffer = supply.take()
        buffer?.append(layout.header)
        offset = 0
        // The size includes the trailer from the start, so that the finished file stays within its limit.
        segment = SegmentLimits(
            rule.rotation, from: Int64(packet.seconds), headerSize: layout.header.count + layout.trailerSize)
        first = Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds)
        begins = first
        losses.note(diskDropped: counters.diskLosses.total)
        return true
    }

    /// Turns the whole store into hold and ends the segment behind it; returns false if there is no store. Needs no
    /// free buffer.
    @discardableResult
    private mutating func endSegment(_ acknowledge: Sealed? = nil) -> Bool {
        guard var full = buffer.take() else { return false }
        full.append(trailer)
        if records.count > 0 || layout.trailerSize > 0 {
            handOver(full, isFlush: true)
        } else {
            exchange.giveFree(full)
        }
        exchange.give(.seal(acknowledge))
        segment = nil
        return true
    }

    /// The bytes that end the segment, with its losses.
    private var trailer: [UInt8] {
        mutating get {
            losses.note(diskDropped: counters.diskLosses.total)
            defer { losses.segmentEnded() }
            return layout.trailer(first: first, last: counts.last, packets: segment?.packets ?? 0, losses: losses)
        }
    }

    /// Turns store into hold and a free buffer into store, within a segment. Returns false if none is free.
    private mutating func rotate(flushing isFlush: Bool) -> Bool {
        guard awaitBuffer(until: 0) else { return false }
        guard let full = buffer.take() else { return false }
        if exchange.wantsNewSegment {
            // After a disk error the writer needs a buffer that begins a segment. If the writer has already resumed
            // with this buffer, its segment must end here: on a quiet link no other packet would end it.
            handOver(full, isFlush: true)
            exchange.give(.seal(nil))
            segment = nil
            return true
        }
        buffer = supply.take()
        let length = isCompressed ? full.count : full.wholePages
        if !isCompressed { buffer?.append(partialPageOf: full) }
        handOver(full, isFlush: isFlush)
        offset += Int64(length)
        return true
    }

    /// Whether a `Compressor` follows, which makes page boundaries in the buffers irrelevant.
    private var isCompressed: Bool { rule.kind.compression != .none }

    /// Hands over a buffer: all of it, or its whole pages.
    private mutating func handOver(_ full: consuming Buffer, isFlush: Bool) {
        // Publish first, so that a packet is counted as matched before it is counted as written (I3).
        publish()
        let whole = records.handOver(all: isFlush || isCompressed, of: full.count)
        let hold = Hold(
            buffer: full, offset: offset, isFlush: isFlush, records: whole.records, wholeEnd: offset + Int64(whole.end),
            begins: begins, last: counts.last, since: waitingSince ?? Clock.monotonic())
        exchange.give(.write(hold))
        (begins, waitingSince) = (nil, nil)
    }
}
