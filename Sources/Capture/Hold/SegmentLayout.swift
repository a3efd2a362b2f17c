import Linux
import Pcap

/// The bytes of a segment: what begins it, each packet, what ends it. The seam between the store, which knows packets and
/// buffers, and the file formats.
struct SegmentLayout: Equatable, Sendable {
    let format: FileFormat
    let precision: Precision
    /// What stands at the beginning of a segment.
    let header: [UInt8]

    /// `host` is the machine on which the packets are captured.
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

    /// How many bytes stand at its end. Every buffer keeps them free, so that a segment can end in the one it has.
    var trailerSize: Int { format == .pcapng ? InterfaceStatistics.size : 0 }

    /// How many bytes a packet takes of which `captured` are kept.
    func recordLength(captured: UInt32, isAfterLoss: Bool) -> Int {
        switch format {
        case .pcap: PcapRecordHeader.size + Int(captured)
        case .pcapng: EnhancedPacket.size(capturedLength: Int(captured), isAfterLoss: isAfterLoss)
        }
    }

    /// What ends a segment of so many packets, beside which others were lost: `trailerSize` bytes.
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
    /// Appends a packet as a record of `layout`, its VLAN tag where it stood. `lost` packets were lost since the one before.
    /// It must fit.
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
    /// How many bytes a buffer must have. The longest packet fits into one, behind the header of a file or what was left of a
    /// page, whatever the interface is called, and behind it what ends a file.
    public var smallestBuffer: Int {
        let interface = Interface(
            index: 0, name: String(repeating: "x", count: InterfaceName.maximumLength), hardwareType: 0, isUp: true,
            alias: String(repeating: "x", count: 255))
        let host = String(repeating: "x", count: Host.longestName)
        let layout = SegmentLayout(self, interface: interface, linkType: .ethernet, host: host)
        return max(layout.header.count, File.pageSize) + layout.recordLength(captured: snapLength, isAfterLoss: true)
            + layout.trailerSize
    }
}
