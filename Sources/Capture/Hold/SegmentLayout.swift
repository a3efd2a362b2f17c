import Linux
import Pcap
import Rules
import Segments

/// The bytes of a segment: its beginning, each packet, its end. Separates the store, which knows packets and buffers,
/// from the file formats.
struct SegmentLayout: Equatable, Sendable {
    let format: FileFormat
    let precision: Precision
    /// The bytes at the beginning of a segment.
    let header: [UInt8]

    /// `host` is the name of the capturing machine.
    init(_ rule: CaptureRule, interface: Interface, linkType: LinkType, host: String = Host.name) {
        (format, precision) = (rule.kind.format, rule.precision)
        header = rule.fileHeader(interface: interface, linkType: linkType, host: host)
    }

    /// Size of the bytes that end a segment. Each buffer keeps them free, so that a segment can end in its current
    /// buffer.
    var trailerSize: Int { format.trailerSize }

    /// Size of the record of a packet with `captured` kept bytes.
    func recordLength(captured: UInt32, isAfterLoss: Bool) -> Int {
        format.recordSize(capturedLength: Int(captured), isAfterLoss: isAfterLoss)
    }

    /// The bytes that end a segment with `packets` packets: `trailerSize` bytes, which report `losses`.
    func trailer(first: Timestamp, last: Timestamp, packets: UInt64, losses: Losses) -> [UInt8] {
        guard format == .pcapng else { return [] }
        let accepted = packets + losses.ring + losses.hold + losses.disk
        return InterfaceStatistics(
            first: ticks(first), last: ticks(last), received: accepted, dropped: accepted - packets,
            accepted: accepted, droppedBySystem: losses.ring, delivered: packets
        ).bytes
    }

    private func ticks(_ time: Timestamp) -> UInt64 {
        precision.ticks(seconds: UInt32(truncatingIfNeeded: time.seconds), nanoseconds: time.nanoseconds)
    }
}

extension Buffer {
    /// Appends a packet as a record of `layout`, with its VLAN tag put back. `lost` packets were lost since the
    /// previous one. The record must fit.
    @inline(__always)
    mutating func append(
        _ packet: borrowing Packet, as record: RecordShape, lost: UInt64, in layout: borrowing SegmentLayout
    ) {
        switch layout.format {
        case .pcap:
            let fraction = layout.precision == .nano ? packet.nanoseconds : packet.nanoseconds / 1000
            let header = PcapRecordHeader(
                seconds: packet.seconds, fraction: fraction, capturedLength: record.captured,
                wireLength: record.wireLength)
            append(header.words)
            append(packet.bytes, tag: record.tag, count: Int(record.captured))
        case .pcapng: appendBlock(packet, as: record, lost: lost, in: layout)
        }
    }

    private mutating func appendBlock(
        _ packet: borrowing Packet, as record: RecordShape, lost: UInt64, in layout: borrowing SegmentLayout
    ) {
        let block = EnhancedPacket(
            ticks: layout.precision.ticks(seconds: packet.seconds, nanoseconds: packet.nanoseconds),
            capturedLength: record.captured, wireLength: record.wireLength, flags: packet.flags, lost: lost)
        append(block.head)
        append(packet.bytes, tag: record.tag, count: Int(record.captured))
        align()
        if lost > 0 { append(block.loss) }
        append(block.tail)
    }
}
