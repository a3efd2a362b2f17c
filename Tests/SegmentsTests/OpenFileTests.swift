import CaptureFiles
import Foundation
import Linux
import Pcap
import Segments
import Testing

/// Truncated files, and open segments, which grow.
struct OpenFileTests {
    /// The ends of headers, records and blocks, including 0.
    private func ends(of kind: SmallFile) -> [Int] {
        (0...kind.pieces.count).map { kind.pieces[..<$0].joined().count }
    }

    @Test(
        "Every prefix of a file yields its whole records; a cut record is damage, unless the file is open",
        arguments: SmallFile.allCases, [Delivery.plain, .stream])
    func prefixes(
        kind: SmallFile, delivery: Delivery
    ) throws {
        let (whole, ends) = (try Reading(kind.bytes, by: .plain), ends(of: kind))
        // A pipe per prefix takes long. Only the ends of reads differ, and a pipe varies those by itself.
        for count in stride(from: 0, through: kind.bytes.count, by: delivery == .stream ? 7 : 1) {
            let bytes = Array(kind.bytes.prefix(count))
            let isWhole = count > 0 && ends.contains(count)
            let closed = try Reading(bytes, by: delivery)
            #expect(closed.packets == Array(whole.packets.prefix(closed.packets.count)))
            #expect((closed.complaint == nil) == isWhole, "\(count) bytes: \(closed.complaint ?? "no complaint")")
            let lastEnd = ends.last { $0 <= count } ?? 0
            if !isWhole {
                #expect(closed.complaint?.hasPrefix("byte \(lastEnd): ") == true, "\(closed.complaint ?? "")")
            }
            let (open, position) = try delivery.read(bytes, isOpen: true) { reader in
                (Reading(restOf: &reader), reader.position)
            }
            #expect(open.packets == closed.packets && open.complaint == nil, "\(count) bytes")
            #expect(position == UInt64(lastEnd))
        }
        #expect(try Reading(kind.bytes, by: delivery) == whole)
    }

    @Test(
        "Every prefix of a compressed file yields whole records, and damage unless the file is open",
        arguments: [SmallFile.pcapNano, .sections, .ours])
    func compressedPrefixes(kind: SmallFile)
        throws
    {
        let (whole, file) = (try Reading(kind.bytes, by: .plain), try packed(kind.bytes))
        var most = 0
        for count in 0..<file.count {
            let bytes = Array(file.prefix(count))
            let (closed, open) = (try Reading(bytes, by: .plain), try Reading(bytes, by: .plain, isOpen: true))
            #expect(closed.packets == Array(whole.packets.prefix(closed.packets.count)))
            #expect(closed.packets.count >= most && closed.complaint != nil, "\(count) bytes")
            #expect(open.packets == closed.packets && open.complaint == nil, "\(count) bytes: \(open.complaint ?? "")")
            most = closed.packets.count
        }
        #expect(most == whole.packets.count)
        #expect(try Reading(file, by: .plain) == whole && Reading(file, by: .plain, isOpen: true) == whole)
    }

    @Test(
        "The reader continues in an open file that grows, even after a rename",
        arguments: SmallFile.allCases, [false, true])
    func growingFile(kind: SmallFile, isPacked: Bool) throws {
        let (whole, file) = (try Reading(kind.bytes, by: .plain), isPacked ? try packed(kind.bytes) : kind.bytes)
        for step in [1, 2, 5, 29] {
            try withFile([], suffix: ".part") { path in
                let writer = try #require(FileHandle(forWritingAtPath: path))
                // A path that ends in `.part` denotes an open segment.
                var reader = try CaptureFileReader(path)
                var reading = Reading()
                var sealed = path
                for start in stride(from: 0, to: file.count, by: step) {
                    try writer.write(contentsOf: Data(file[start..<min(start + step, file.count)]))
                    if start == 0 {
                        sealed = String(path.dropLast(5))
                        try FileManager.default.moveItem(atPath: path, toPath: sealed)
                    }
                    let more = Reading(restOf: &reader)
                    reading.packets += more.packets
                    #expect(more.complaint == nil)
                }
                try FileManager.default.removeItem(atPath: sealed)
                #expect(reading == whole, "\(step) bytes at a time")
            }
        }
    }

    @Test(
        "Zeros end an open file until data replaces them",
        arguments: SmallFile.allCases, [1, 11, 12, 16, 40, 4096, 1 << 20])
    func zerosInOpenFile(kind: SmallFile, zeros: Int) throws {
        let whole = try Reading(kind.bytes, by: .plain)
        let cut = kind.pieces.dropLast().joined().count
        let head = Array(kind.bytes[..<cut])
        let expected = try Reading(head, by: .plain).packets
        try withFile(head + Array(repeating: 0, count: zeros), suffix: ".part") { path in
            var reader = try CaptureFileReader(path)
            for _ in 0..<2 {
                let more = Reading(restOf: &reader)
                #expect(more.complaint == nil)
            }
            let (count, position) = (reader.count, reader.position)
            #expect(count == UInt64(expected.count) && position == UInt64(cut))
            let writer = try #require(FileHandle(forWritingAtPath: path))
            try writer.seek(toOffset: UInt64(cut))
            try writer.write(contentsOf: Data(kind.bytes[cut...]))
            try writer.truncate(atOffset: UInt64(kind.bytes.count))
            let rest = Reading(restOf: &reader)
            #expect(rest == Reading(packets: Array(whole.packets[expected.count...])))
            // In a file that is not open, zeros are data.
            let closed = try Reading(head + Array(repeating: 0, count: zeros), by: .plain)
            #expect(closed.packets.starts(with: expected) && closed != Reading(packets: expected))
        }
    }

    @Test("The reader reaches the last record of an open compressed file, whatever the size of its blocks")
    func openCompressedFile() throws {
        for length in stride(from: 900, through: 1100, by: 5) {
            let file = pcap { file in for _ in 0..<1500 { file.record(Array(repeating: 7, count: length)) } }
            let reader = try withFile(packed(file, isFinished: false)) { path in
                var reader = try CaptureFileReader(path, isOpen: true)
                while try reader.advance() {}
                return (count: reader.count, position: reader.position)
            }
            #expect(reader.count == 1500 && reader.position == UInt64(file.count), "\(length) bytes a packet")
        }
    }

    @Test("Damage inside an open file is reported") func damageInOpenFile() throws {
        var file = SmallFile.pcapng.bytes
        let start = SmallFile.pcapng.pieces[..<4].joined().count
        file[start + 4] = 3
        let reading = try Reading(file, by: .plain, isOpen: true)
        #expect(
            reading.packets.count == 1 && reading.complaint?.hasPrefix("byte \(start): expected a block length") == true
        )
    }
}
