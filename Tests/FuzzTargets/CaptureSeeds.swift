import Pcap

/// Small complete capture files with two packets each: pcap and pcapng in both byte orders, and Holdfast's own form.
enum CaptureSeeds {
    static let all = [false, true].flatMap { [pcap(bigEndian: $0), pcapng(bigEndian: $0)] } + ours

    /// Holdfast's segments with every block and option that it writes.
    static let ours: [[UInt8]] = Precision.allCases.map { precision in
        let header = PcapngHeader(
            hardware: "abacus", system: "CP/M", application: "Holdfast", interface: "eth0", host: "hall",
            description: "cable",
            filter: "udp", precision: precision, snapLength: 100, linkType: .ethernet)
        let blocks = zip(packets, [0, 3] as [UInt64]).flatMap { packet, lost in
            EnhancedPacket(
                ticks: precision.ticks(seconds: 1_700_000_000, nanoseconds: 5), capturedLength: UInt32(packet.count),
                wireLength: 64, flags: .inbound(.unicast), lost: lost
            ).bytes(around: packet)
        }
        let statistics = InterfaceStatistics(
            first: 1, last: 2, received: 5, dropped: 3, accepted: 5, droppedBySystem: 1, delivered: 2)
        return header.bytes + blocks + statistics.bytes
    }

    private static let packets: [[UInt8]] = [Array(0..<20), Array(repeating: 7, count: 60)]

    private static func pcap(bigEndian: Bool) -> [UInt8] {
        var file = Words(bigEndian: bigEndian)
        file.append(0xa1b2_c3d4, bigEndian ? 0x0002_0004 : 0x0004_0002, 0, 0, 65_535, 1)
        for packet in packets {
            file.append(1_700_000_000, 5, UInt32(packet.count), UInt32(packet.count) + 4)
            file.bytes += packet
        }
        return file.bytes
    }

    private static func pcapng(bigEndian: Bool) -> [UInt8] {
        var file = Words(bigEndian: bigEndian)
        file.append(0x0a0d_0d0a, 28, 0x1a2b_3c4d, bigEndian ? 0x0001_0000 : 1, .max, .max, 28)
        file.append(1, 20, bigEndian ? 0x0001_0000 : 1, 65_535, 20)
        for packet in packets {
            let size = UInt32(32 + packet.count)  // whole words, which need no padding
            file.append(6, size, 0, 0x0005_f5e1, 9, UInt32(packet.count), UInt32(packet.count))
            file.bytes += packet
            file.append(size)
        }
        return file.bytes
    }

    /// 32-bit words in a given byte order.
    private struct Words {
        let bigEndian: Bool
        var bytes: [UInt8] = []

        mutating func append(_ words: UInt32...) {
            for word in words {
                let places = bigEndian ? [24, 16, 8, 0] : [0, 8, 16, 24] as [UInt32]
                bytes += places.map { UInt8(truncatingIfNeeded: word >> $0) }
            }
        }
    }
}
