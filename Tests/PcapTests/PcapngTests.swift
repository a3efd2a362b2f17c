import CaptureFiles
import Pcap
import Testing

/// The properties of pcapng files, compared with libpcap where it reads the same.
struct PcapngTests {
    @Test("The reader returns packets of all three kinds of block", arguments: [false, true])
    func packetBlocks(bigEndian: Bool) {
        let file = pcapng(bigEndian: bigEndian) { file in
            file.interface(linkType: 101, snapLength: 4)
            file.enhancedPacket(ticks: 1_700_000_000_123_456, wireLength: 60, [1, 2, 3])
            file.block(0x0bad) { $0.append(1 as UInt32, 2, 3) }
            file.block(2) { body in
                body.append(0 as UInt16, 7)
                body.append(0 as UInt32, 5_000_001, 2, 2)
                body.append(padded: [8, 9])
            }
            file.block(3) { body in
                body.append(100 as UInt32)
                body.append(padded: [1, 2, 3, 4])
            }
        }
        let packets = [
            (1_700_000_000_123_456_000, 60, [1, 2, 3]), (5_000_001_000, 2, [8, 9]), (0, 100, [1, 2, 3, 4]),
        ].map { Reading.Packet(time: $0.0, wireLength: $0.1, dataLinkType: 12, bytes: $0.2) }
        #expect(Reading(file) == Reading(packets: packets))
        #expect(Libpcap.reading(file) == Reading(packets: packets))
    }

    @Test(
        "Timestamps have the interface's resolution and offset",
        arguments: [0, 3, 6, 7, 9, 12, 19, 0x80, 0x8a, 0x9e] as [UInt8], [0, 1_000_000, -5] as [Int64])
    func resolutions(resolution: UInt8, offset: Int64) {
        var offsetBytes = HandMade()
        offsetBytes.append(offset)
        let file = pcapng { file in
            file.interface((9, [resolution]), (14, offsetBytes.bytes))
            for ticks: UInt64 in [0, 1, 999, 1_000_003, 1_700_000_000_123_456, 1 << 62 + 12345] {
                file.enhancedPacket(ticks: ticks, [1])
            }
        }
        let (ours, theirs) = (Reading(file), Libpcap.reading(file))
        #expect(ours.complaint == nil && theirs.complaint == nil)
        for (our, their) in zip(ours.packets, theirs.packets) { #expect(our.time == their.time) }
    }

    @Test("Ticks shorter than a nanosecond are converted exactly") func shortestTicks() {
        // libpcap's 64-bit product overflows here.
        let file = pcapng { file in
            file.interface((9, [0x80 | 63]))
            file.enhancedPacket(ticks: 1 << 63 + 1 << 62, [1])
        }
        #expect(Reading(file).packets.map(\.time) == [1_500_000_000])
    }

    @Test("Each section starts without interfaces") func sections() throws {
        var file = HandMade()
        file.section()
        file.interface((2, Array("eth0".utf8)))
        file.interface(linkType: 113, (2, Array("any".utf8)), (9, [9]))
        file.enhancedPacket(interface: 1, ticks: 3_000_000_007, [1], (2, [2, 0, 0, 0]))
        file.enhancedPacket(interface: 0, ticks: 3_000_007, [1])
        file.isBigEndian = true
        file.section()
        file.interface(linkType: 101)
        file.enhancedPacket(ticks: 5, [1, 2], (1, Array("a comment".utf8)), (2, [0, 0, 0, 1]))

        var reader = CaptureReader()
        var source = ByteSource(file.bytes)
        reader.fill { source.read(into: &$0) }
        var seen: [String] = []
        while let packet = try reader.next() {
            let direction = packet.direction.map { "\($0)" } ?? "-"
            let time = "\(packet.seconds).\(packet.nanoseconds)"
            seen.append("\(packet.number) \(packet.linkType.name) \(packet.interface) \(time) \(direction)")
        }
        let interfaces = reader.interfaces
        #expect(seen == ["1 LINUX_SLL 1 3.7 outbound", "2 EN10MB 0 3.7000 -", "3 RAW 0 0.5000 inbound"])
        #expect(interfaces.map(\.name) == [nil])  // those of the last section
    }

    @Test("The current packet stays available until the next fill") func currentPacket() throws {
        let file = pcapng { file in
            file.interface()
            file.enhancedPacket(ticks: 5, [1, 2])
        }
        var reader = CaptureReader()
        var source = ByteSource(file)
        let before = try reader.next()?.number
        reader.fill { source.read(into: &$0) }
        let first = try reader.next()?.number
        let (again, length) = (reader.current?.number, reader.current?.capturedLength)
        reader.fill { source.read(into: &$0) }
        let after = reader.current?.number
        #expect([before, first, again, after] == [nil, 1, 1, nil])
        #expect(length == 2)
    }

    @Test("A packet block may be as long as in other readers", arguments: [1 << 20, 16 << 20 - 64])
    func longPacketBlock(length: Int) {
        let comment = [UInt8](repeating: 0x78, count: 60_000)
        let file = pcapng {
            $0.interface()
            $0.enhancedPacket(ticks: 1, [1, 2, 3])
            $0.block(6) { body in
                body.append(0 as UInt32, 0, 2, 4, 4)
                body.append(padded: [4, 5, 6, 7])
                while body.bytes.count < length - 70_000 {
                    body.append(1 as UInt16, UInt16(comment.count))
                    body.append(padded: comment)
                }
                body.append(0 as UInt32)
            }
            $0.enhancedPacket(ticks: 3, [8])
        }
        #expect(Reading(file).packets.map(\.bytes) == [[1, 2, 3], [4, 5, 6, 7], [8]])
    }

    @Test("A skipped block may be longer than the buffer", arguments: [.max, 1 << 16])
    func longSkippedBlock(chunk: Int) {
        let file = pcapng { file in
            file.interface()
            file.block(10) { $0.bytes = Array(repeating: 0, count: 3 << 20) }
            file.enhancedPacket(ticks: 5, [1, 2])
        }
        #expect(Reading(file, chunk: chunk).packets.count == 1)
        #expect(Reading(file, chunk: chunk) == Libpcap.reading(file))
        let cut = Reading(Array(file.dropLast(1 << 20)), chunk: chunk)
        #expect(cut.complaint == "byte 48: expected a block of 3145740 bytes, found the end of the file after 2097200")
    }
}
