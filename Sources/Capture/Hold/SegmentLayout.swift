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
        switch format {
        case .pcap:
            header = PcapHeader(precision: precision, snapLength: rule.snapLength, linkType: linkType).bytes
        case .pcapng:
            header =
                PcapngHeader(
                    hardware: Host.hardware, system: Host.system, application: "Holdfast \(Version.text)",
                    interface: interface.name, host: host, description: interface.alias, filter: rule.filter,
                    precision: precision, snapLength: rule.snapLength, linkType: linkType
                ).bytes
        }
    }

    /// Size of the bytes that end a segment. Each buffer keeps them free, so that a segment can end in its current
    /// buffer.
    var trailerSize: Int { format == .pcapng ? InterfaceStatistics.size : 0 }

    /// Size of the record of a packet with `captured` kept bytes.
    func recordLength(captured: UInt32, isAfterLoss: Bool) -> Int {
        switch format {
        case .pcap: PcapRecordHeader.size + Int(captured)
        case .pcapng: EnhancedPacket.size(capturedLength: Int(captured), isAfterLoss: isAfterLoss)
        }
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

extension CaptureRule {
    /// The smallest valid size of a buffer, in bytes. The longest packet fits, with any interface name, behind a file
    /// header or the remainder of a page, and with the end of the file behind it.
    package var smallestBuffer: Int {
        let interface = Interface(
            index: 0, name: String(repeating: "x", count: InterfaceName.maximumLength), hardwareType: 0, isUp: true,
            alias: String(repeating: "x", count: 255))
        let host = String(repeating: "x", count: Host.longestName)
        let layout = SegmentLayout(self, interface: interface, linkType: .ethernet, host: host)
        return max(layout.header.count, File.pageSize) + layout.recordLength(captured: snapLength, isAfterLoss: true)
            + layout.trailerSize
    }
}
