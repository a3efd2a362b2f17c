import Linux
import Pcap

/// The store side of one capture on one interface: appends finished records to the store buffer, decides where a segment
/// ends, and hands buffers over. Lives on the drain thread.
///
/// A buffer holds bytes of the file, from a page boundary of it on. Only whole pages can be written past the page cache, so
/// when a full buffer becomes hold, the bytes after its last whole page are copied to the beginning of the next store; a
/// record is handed over with the buffer that holds its last byte. A flush hands everything over and copies those bytes
/// all the same: the page will be written once more, when it is whole. Where the segment is compressed, pages are the
/// concern of the `Compressor`, and each buffer holds whole records.
struct Store: ~Copyable, Sendable {
    private var rule: CaptureRule
    private let interface: Interface
    private let linkType: LinkType
    private var layout: SegmentLayout
    private let exchange: Exchange
    private let counters: CaptureCounters

    /// The buffer being filled; nil between segments.
    private var buffer: Buffer?
    /// The records in it that are not handed over.
    private var records = WholeRecords()
    /// When the oldest of them came, by the monotonic clock, to within one block; nil without any.
    private var waitingSince: UInt64?
    /// The buffers that follow it.
    private var supply: BufferSupply

    /// The open segment; nil between segments.
    private var segment: SegmentLimits?
    /// Its place: where the buffer begins in the file, at a page; when the first packet came, and the same until the buffer that
    /// begins the segment is handed over.
    private var (offset, first, begins) = (Int64(0), Timestamp.epoch, Timestamp?.none)

    private var losses = Losses()
    private var tally = StoreCounts()

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

    /// Appends packets as they come, up to the first for which there is more to do than that: a segment to begin or to end, a full
    /// buffer to hand over. `append(_:keeping:)` takes that one.
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

    /// Appends a packet, of which its filter keeps `limit` bytes at most, as the kernel counts them: without the tag. False when
    /// it does not fit and no buffer is free, and then nothing has happened to it.
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

    /// Whether there is a buffer, and room in it for a record and for what may end the segment behind it.
    @inline(__always)
    private mutating func hasRoom(for record: RecordShape) -> Bool {
        guard let room = buffer?.room else { return false }
        return record.length <= room - layout.trailerSize
    }

    /// Appends a packet, for which there is room, and counts it.
    @inline(__always)
    private mutating func put(_ packet: borrowing Packet, as record: RecordShape) {
        let start = buffer?.count ?? 0
        buffer?.append(packet, as: record, lost: losses.beforeNextPacket, in: layout)
        records.add(from: start, to: start + record.length)
        segment?.add(length: record.length)
        losses.packetCame()
        tally.note(packet, record)
    }

    /// Waits for a free buffer until the monotonic clock reaches `deadline`; false when none came.
    mutating func awaitBuffer(until deadline: UInt64) -> Bool { supply.wait(until: deadline) }

    /// Whether a buffer was waited for in vain, and none came since.
    var isStalled: Bool { supply.isStalled }

    /// Goes on with another rule. Where that makes another kind of file, or puts it elsewhere, the open segment ends.
    mutating func change(to next: CaptureRule, retention: SegmentCatalog) {
        let nextLayout = SegmentLayout(next, interface: interface, linkType: linkType)
        if nextLayout != layout || next.kind != rule.kind || next.directory != rule.directory { endSegment() }
        segment?.change(to: next.rotation)
        exchange.give(.change(next, retention))
        (rule, layout) = (next, nextLayout)
    }

    /// Counts a packet that was meant for this capture and is lost because no buffer is free.
    mutating func drop(_ packet: borrowing Packet) {
        tally.noteDropped(at: Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds))
        losses.addHold()
    }

    /// Notes that the kernel dropped `count` packets of the tap before the next packet.
    mutating func note(ringDropped count: UInt64) { losses.add(ring: count) }

    /// Publishes the counts, and notes the time at which the records of the last block came.
    mutating func endOfBlock(at now: UInt64) {
        if records.count > 0, waitingSince == nil { waitingSince = now }
        publish()
    }

    private mutating func publish() { tally.publish(to: counters) }

    /// Does what time asks for: ends a segment whose interval is over, hands over records that have waited long enough.
    ///
    /// `settled` is the second, by the wall clock, before which no packet is on its way any more.
    mutating func runTimers(at now: UInt64, settled: Int64) {
        if let interval = segment?.interval, settled >= interval.upperBound { endSegment() }
        if let waiting = waitingSince, now >= waiting + rule.flush {
            // Without a free buffer the writer is busy with older records; ask again in a while.
            if !rotate(flushing: true) { waitingSince = now }
        }
    }

    /// When `runTimers` has something to do by the monotonic clock.
    var flushDeadline: UInt64? { waitingSince.map { $0 + rule.flush } }
    /// And by the wall clock.
    var segmentDeadline: Int64? { segment?.interval?.upperBound }

    /// Ends the segment, if there is one; `acknowledge` is called when it is sealed.
    mutating func seal(_ acknowledge: @escaping Sealed) {
        // One whose end was ordered already may not be sealed yet.
        if !endSegment(acknowledge) { exchange.give(.seal(acknowledge)) }
    }

    /// Hands over what is left and ends the segment.
    mutating func finish() {
        // Perhaps in the middle of a block, in which all was dropped.
        publish()
        endSegment()
        exchange.close()
    }

    /// Counts what was handed over to a writer that takes nothing any more.
    mutating func countAbandoned() {
        tally.noteLost(exchange.countAbandoned())
        publish()
    }

    /// A free buffer becomes store, and begins with the file's header. False when none is free.
    private mutating func beginSegment(with packet: borrowing Packet) -> Bool {
        guard awaitBuffer(until: 0) else { return false }
        buffer = supply.take()
        buffer?.append(layout.header)
        offset = 0
        // The trailer counts from the start, so that the file does not exceed its limit at the end.
        segment = SegmentLimits(
            rule.rotation, from: Int64(packet.seconds), headerSize: layout.header.count + layout.trailerSize)
        first = Timestamp(seconds: Int64(packet.seconds), nanoseconds: packet.nanoseconds)
        begins = first
        losses.note(diskDropped: counters.counts.diskDropped)
        return true
    }

    /// Store becomes hold, whole, and the segment ends behind it; false when there is none. Needs no free buffer.
    @discardableResult
    private mutating func endSegment(_ acknowledge: Sealed? = nil) -> Bool {
        guard var full = buffer.take() else { return false }
        full.append(trailer)
        if records.count > 0 || layout.trailerSize > 0 { handOver(full, isFlush: true) } else { exchange.giveFree(full) }
        exchange.give(.seal(acknowledge))
        segment = nil
        return true
    }

    /// What ends the segment, with an account of its losses.
    private var trailer: [UInt8] {
        mutating get {
            losses.note(diskDropped: counters.counts.diskDropped)
            defer { losses.segmentEnded() }
            return layout.trailer(first: first, last: tally.last, packets: segment?.packets ?? 0, losses: losses)
        }
    }

    /// Store becomes hold and a free buffer becomes store, within a segment. False when none is free.
    private mutating func rotate(flushing isFlush: Bool) -> Bool {
        guard awaitBuffer(until: 0) else { return false }
        guard let full = buffer.take() else { return false }
        if exchange.wantsNewSegment {
            // The writer lost its segment to a disk error; it can go on only with one that begins anew. Should it go on with this
            // buffer, nothing else will: on a quiet link no packet comes to end it.
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

    /// Whether there is a stage behind hold to which pages mean nothing; see `Compressor`.
    private var isCompressed: Bool { rule.kind.compression != .none }

    /// Hands a buffer over: all of it, or its whole pages.
    private mutating func handOver(_ full: consuming Buffer, isFlush: Bool) {
        // What is written is known to have been matched, also in the middle of a block.
        publish()
        let whole = records.handOver(all: isFlush || isCompressed, of: full.count)
        let hold = Hold(
            buffer: full, offset: offset, isFlush: isFlush, records: whole.records, wholeEnd: offset + Int64(whole.end),
            begins: begins, last: tally.last, since: waitingSince ?? Clock.monotonic())
        exchange.give(.write(hold))
        (begins, waitingSince) = (nil, nil)
    }
}
