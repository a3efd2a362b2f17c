import CaptureFiles
import Pcap
import Testing

/// The pcapng blocks that the module writes, compared with libpcap, the module's reader, and the specification.
struct PcapngWritingTests {
    @Test("libpcap reads a written pcapng file", arguments: Precision.allCases, [LinkType.ethernet, .rawIP, .radiotap])
    func writtenPcapng(precision: Precision, linkType: LinkType) {
        var file = HandMade()
        file.bytes = header(precision, linkType).bytes
        var packets: [Reading.Packet] = []
        for (length, lost) in [(0, 0), (1, 7), (2, 0), (3, 1 << 40), (4, 0)] as [(Int, UInt64)] {
            let bytes = (0..<length).map { UInt8($0 + 1) }
            file.packet(
                bytes, precision, seconds: 4_000_000_000, nanoseconds: 999_999_999, wireLength: 1500, lost: lost)
            let nanoseconds: Int128 = precision == .nano ? 999_999_999 : 999_999_000
            packets.append(
                Reading.Packet(
                    time: 4_000_000_000_000_000_000 + nanoseconds, wireLength: 1500,
                    dataLinkType: linkType.dataLinkType, bytes: bytes))
        }
        file.bytes += statistics.bytes
        #expect(Libpcap.reading(file.bytes) == Reading(packets: packets))
        #expect(Reading(file.bytes) == Reading(packets: packets))
    }

    @Test("A packet has its flags and its count of lost packets") func packetOptions() throws {
        var file = HandMade()
        file.bytes = header(.nano, .ethernet).bytes
        let flags = [PacketFlags.none, .outbound, .inbound(.unicast), .inbound(.promiscuous)]
        for flags in flags { file.packet([1], .nano, flags: flags) }
        var reader = CaptureReader()
        var source = ByteSource(file.bytes)
        reader.fill { source.read(into: &$0) }
        var directions: [PacketDirection?] = []
        while let packet = try reader.next() { directions.append(packet.direction) }
        #expect(directions == [nil, .outbound, .inbound, .inbound])
        #expect(reader.interfaces.first?.name == "eth0" && reader.interfaces.first?.snapLength == 2000)
    }

    @Test("An enhanced packet block has the specified bytes") func packetBlockBytes() {
        var written = HandMade()
        written.packet(
            [1, 2, 3, 4, 5], .nano, seconds: 7, nanoseconds: 9, wireLength: 60, flags: .inbound(.broadcast), lost: 258)
        var expected = HandMade()
        expected.enhancedPacket(
            ticks: 7_000_000_009, wireLength: 60, [1, 2, 3, 4, 5], (4, [2, 1, 0, 0, 0, 0, 0, 0]), (2, [13, 0, 0, 0]))
        #expect(written.bytes == expected.bytes)
        #expect(written.bytes.count == EnhancedPacket.size(capturedLength: 5, isAfterLoss: true))
    }

    @Test("An interface statistics block has the specified bytes") func statisticsBytes() {
        func number(_ low: UInt32, _ high: UInt32 = 0) -> [UInt8] {
            var value = HandMade()
            value.append(low, high)
            return value.bytes
        }
        var expected = HandMade()
        expected.block(5) { body in
            body.append(0 as UInt32, 2, 20)
            let counts = [
                number(1, 10), number(2, 20), number(9), number(5), number(8), number(4), number(0, 3),
            ]
            body.options(counts.enumerated().map { (UInt16(2 + $0.offset), $0.element) })
        }
        #expect(statistics.bytes == expected.bytes)
        #expect(statistics.bytes.count == InterfaceStatistics.size)
    }

    @Test("The header of a file has the specified bytes") func headerBytes() {
        var expected = HandMade()
        expected.block(0x0a0d_0d0a) { body in
            body.append(0x1a2b_3c4d as UInt32)
            body.append(1 as UInt16, 0)
            body.append(UInt64.max)
            body.options([(2, Array("Abacus 3".utf8)), (3, Array("CP/M".utf8)), (4, Array("Holdfast".utf8))])
        }
        expected.interface(
            linkType: 127, snapLength: 2000, (2, Array("eth0".utf8)), (3, Array("hall: the cable".utf8)),
            (11, [0] + Array("port 53".utf8)), (9, [6]), (12, Array("CP/M".utf8)))
        #expect(header(.micro, .radiotap).bytes == expected.bytes)
    }

    @Test("A filter that is longer than an option is truncated") func longFilter() {
        var header = header(.nano, .ethernet)
        header.filter = String(repeating: "x", count: 70_000)
        #expect(Reading(header.bytes) == Reading(packets: []))
        #expect(header.bytes.count < 1 << 16 + 512)
    }

    private func header(_ precision: Precision, _ linkType: LinkType) -> PcapngHeader {
        PcapngHeader(
            hardware: "Abacus 3", system: "CP/M", application: "Holdfast", interface: "eth0", host: "hall",
            description: "the cable", filter: "port 53", precision: precision, snapLength: 2000, linkType: linkType)
    }

    private let statistics = InterfaceStatistics(
        first: 1 << 32 | 10, last: 2 << 32 | 20, received: 9, dropped: 5, accepted: 8, droppedBySystem: 4,
        delivered: 3 << 32)
}

extension HandMade {
    /// Appends a packet as the module writes it.
    mutating func packet(
        _ bytes: [UInt8], _ precision: Precision, seconds: UInt32 = 0, nanoseconds: UInt32 = 0,
        wireLength: UInt32? = nil, flags: PacketFlags = .none, lost: UInt64 = 0
    ) {
        let count = UInt32(bytes.count)
        let block = EnhancedPacket(
            ticks: precision.ticks(seconds: seconds, nanoseconds: nanoseconds), capturedLength: count,
            wireLength: wireLength ?? count, flags: flags, lost: lost)
        self.bytes += block.bytes(around: bytes)
    }
}
