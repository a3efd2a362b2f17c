import CaptureFiles
import Pcap
import Testing

/// Damaged files: the offset of the damage, what the reader expected, and what it found.
struct DamageTests {
    private let whole = afterOneRecord { $0.record([5, 6, 7, 8]) }
    private let wholeNg = afterInterface { $0.enhancedPacket(ticks: 1, [1, 2, 3, 4]) }

    @Test("The reader and libpcap agree on whether a truncated file is damaged") func truncatedFiles() {
        for count in whole.indices {
            let (ours, theirs) = (Reading(whole.prefix(count)), Libpcap.reading(Array(whole.prefix(count))))
            #expect(ours.packets == theirs.packets)
            #expect((ours.complaint == nil) == (theirs.complaint == nil), "\(count) bytes")
        }
        for count in wholeNg.indices where count != 28 {  // libpcap requires an interface in every file
            let (ours, theirs) = (Reading(wholeNg.prefix(count)), Libpcap.reading(Array(wholeNg.prefix(count))))
            #expect((ours.complaint == nil) == (theirs.complaint == nil), "\(count) bytes")
        }
    }

    @Test(
        "The damage of a truncated pcap file is where its last record or header starts",
        arguments: [
            (0, 0, "a file header of 24 bytes"), (20, 0, "a file header of 24 bytes"),
            (46, 41, "a record header of 16 bytes"), (59, 41, "a record of 20 bytes"),
        ])
    func truncatedPcap(count: Int, start: Int, expected: String) {
        let sentence = "byte \(start): expected \(expected), found the end of the file after \(count - start)"
        #expect(complaint(whole.prefix(count)) == sentence)
    }

    @Test(
        "The damage of a truncated pcapng file is where its last block starts",
        arguments: [(30, 28, "a block header of 12 bytes"), (70, 48, "a block of 36 bytes")])
    func truncatedPcapng(count: Int, start: Int, expected: String) {
        let sentence = "byte \(start): expected \(expected), found the end of the file after \(count - start)"
        #expect(complaint(wholeNg.prefix(count)) == sentence)
    }

    @Test("The error for another kind of file contains its magic number") func otherFormats() {
        func start(_ bytes: [UInt8]) -> String? { complaint(bytes + Array(repeating: 0, count: 30)) }
        let expected = "byte 0: expected the magic number of a pcap or pcapng file, found "
        #expect(start(Array("text".utf8)) == expected + "0x74657874")
        #expect(start([0x1f, 0x8b, 8, 0]) == expected + "0x1f8b0800 (gzip; decompress it first)")
        #expect(start([0x28, 0xb5, 0x2f, 0xfd]) == expected + "0x28b52ffd (zstd; decompress it first)")
        #expect(start([0x34, 0xcd, 0xb2, 0xa1])?.contains("around 1999") == true)
    }

    @Test("An impossible length is damage") func impossibleLengths() {
        #expect(
            complaint(afterOneRecord { $0.record(first: 262_145, [2]) })
                == "byte 41: expected a captured length of at most 262144, found 262145")
        #expect(complaint(pcap { $0.record(first: .max, [2]) })?.hasSuffix("found 4294967295") == true)
        for length: UInt32 in [0, 8, 11, 13, 30] {
            #expect(
                complaint(afterInterface { $0.append(6, length, length) })
                    == "byte 48: expected a block length of at least 12, a multiple of 4, found \(length)")
        }
        #expect(
            complaint(pcapng { $0.append(6 as UInt32, 1 << 24 | 4, 0) })
                == "byte 28: expected a block length of at most 16777216, found 16777220")
    }

    @Test("A block that contradicts itself is damage") func contradictions() {
        #expect(
            complaint(pcapng { $0.append(99 as UInt32, 16, 0, 20) })
                == "byte 28: expected the block length 16 again at the end of the block, found 20")
        #expect(
            complaint(pcapng { $0.enhancedPacket(ticks: 0, [1]) })
                == "byte 28: expected a description of interface 0 before its first packet, found none")
        #expect(
            complaint(afterInterface { $0.block(6) { $0.append(0 as UInt32, 0, 0, 100, 100) } })
                == "byte 48: expected 100 more bytes in this block or record, found 0")
        #expect(
            complaint(pcapng { $0.interface((9, [64 | 0x80])) })
                == "byte 28: expected a number of ticks per second that fits in 64 bits, found 2^64")
        #expect(complaint(pcapng { $0.section(major: 2) }) == "byte 28: expected pcapng version 1.0, found version 2.0")
        #expect(
            complaint(pcapng { $0.block(1) { $0.append(1 as UInt32) } })
                == "byte 28: expected 4 more bytes in this block or record, found 0")
    }

    @Test("A damaged file stays damaged") func persistentDamage() {
        var reader = CaptureReader()
        var source = ByteSource(afterOneRecord { $0.record(first: .max, [2]) })
        reader.fill { source.read(into: &$0) }
        #expect(throws: Never.self) { _ = try reader.next() }
        for _ in 0..<2 {
            #expect(throws: CaptureDamage.self) { _ = try reader.next() }
            let (current, wantsBytes) = (reader.current?.number, reader.wantsBytes)
            #expect(current == nil)
            #expect(!wantsBytes)
        }
        let count = reader.count
        #expect(count == 1)
    }

    @Test("The reader throws the error of a failed source") func failingSource() {
        struct Unplugged: Error {}
        var reader = CaptureReader()
        #expect(throws: Unplugged.self) { try reader.fill { _ throws(Unplugged) in throw Unplugged() } }
        let wantsBytes = reader.wantsBytes
        #expect(wantsBytes)
    }

    private func complaint(_ file: some Sequence<UInt8>) -> String? { Reading(file).complaint }
}

/// A pcap file of one packet, and further data from byte 41.
private func afterOneRecord(_ rest: (inout HandMade) -> Void) -> [UInt8] {
    pcap { file in
        file.record([1])
        rest(&file)
    }
}

/// A pcapng file with one interface, and further data from byte 48.
private func afterInterface(_ rest: (inout HandMade) -> Void) -> [UInt8] {
    pcapng { file in
        file.interface()
        rest(&file)
    }
}
