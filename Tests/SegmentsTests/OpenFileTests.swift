import CaptureFiles
import Foundation
import Linux
import Pcap
import Segments
import Testing

/// Files that end too early: cut ones, and open segments, which go on.
struct OpenFileTests {
    /// Where headers, records and blocks end, 0 included.
    private func ends(of kind: SmallFile) -> [Int] {
        (0...kind.pieces.count).map { kind.pieces[..<$0].joined().count }
    }

    @Test(arguments: SmallFile.allCases, [Delivery.plain, .stream])
    func `every prefix: the whole records, and damage where one is cut, or of an open file an end`(
        kind: SmallFile, delivery: Delivery
    ) throws {
        let (whole, ends) = (try Reading(kind.bytes, by: .plain), ends(of: kind))
        // A pipe for each takes long; what differs is where reads end, and that varies by itself.
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

    @Test(arguments: [SmallFile.pcapNano, .sections, .ours])
    func `every prefix of a compressed file: whole records, and damage, or of an open file an end`(kind: SmallFile)
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

    @Test(arguments: SmallFile.allCases, [false, true])
    func `an open file that grows is read on, also under another name`(kind: SmallFile, isPacked: Bool) throws {
        let (whole, file) = (try Reading(kind.bytes, by: .plain), isPacked ? try packed(kind.bytes) : kind.bytes)
        for step in [1, 2, 5, 29] {
            try withFile([], suffix: ".part") { path in
                let writer = try #require(FileHandle(forWritingAtPath: path))
                // A path that ends in `.part` is open.
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

    @Test(arguments: SmallFile.allCases, [1, 11, 12, 16, 40, 4096, 1 << 20])
    func `zeros end an open file, until they become data`(kind: SmallFile, zeros: Int) throws {
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
            // In a file that is not open, zeros are what they say.
            let closed = try Reading(head + Array(repeating: 0, count: zeros), by: .plain)
            #expect(closed.packets.starts(with: expected) && closed != Reading(packets: expected))
        }
    }

    @Test func `an open compressed file is read to its last record, however far its blocks unpack`() throws {
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

    @Test func `damage in the middle of an open file is damage`() throws {
        var file = SmallFile.pcapng.bytes
        let start = SmallFile.pcapng.pieces[..<4].joined().count
        file[start + 4] = 3
        let reading = try Reading(file, by: .plain, isOpen: true)
        #expect(
            reading.packets.count == 1 && reading.complaint?.hasPrefix("byte \(start): expected a block length") == true
        )
    }
}
