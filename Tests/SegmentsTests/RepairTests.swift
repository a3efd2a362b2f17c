import Foundation
import Linux
import Pcap
import Segments
import Testing
import Zstd

@Suite("Repair of segments")
struct RepairTests {
    /// The pieces of a complete pcapng segment: section, interface, packets, statistics.
    private static let pieces: [[UInt8]] = {
        let header = PcapngHeader(
            hardware: "abacus", system: "CP/M 2", application: "Holdfast", interface: "eth0", host: "hall",
            filter: "port 53",
            precision: .nano, snapLength: 100, linkType: .ethernet
        ).bytes
        let section = Int(header[4])
        let statistics = InterfaceStatistics(
            first: 1, last: 2, received: 5, dropped: 2, accepted: 5, droppedBySystem: 2, delivered: 3)
        let packets = (1...3).map { packet(length: $0 * 7, lost: $0 == 2 ? 2 : 0) }
        return [Array(header[..<section]), Array(header[section...])] + packets + [statistics.bytes]
    }()

    private static func packet(length: Int, lost: UInt64) -> [UInt8] {
        EnhancedPacket(
            ticks: 1 << 60, capturedLength: UInt32(length), wireLength: 60, flags: .outbound, lost: lost
        ).bytes(around: (0..<length).map { UInt8($0) })
    }

    /// Repairs a directory with these open segments, whose timestamps are one second apart; returns the outcome and
    /// the bytes of each.
    private func repaired(_ files: [[UInt8]], _ kind: SegmentKind) throws -> [(outcome: Repair?, bytes: [UInt8]?)] {
        let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let names = files.indices.map {
            SegmentName(
                capture: "dns", interface: "eth0", start: Timestamp(seconds: Int64($0), nanoseconds: 0), kind: kind)
        }
        for (name, bytes) in zip(names, files) { try Data(bytes).write(to: URL(filePath: path + "/" + name.open)) }
        let repairs = try Adoption.adopt("dns", in: path, configured: ["dns"], freeSpace: 0).repairs
        let left = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(Set(left).isSubset(of: names.map(\.sealed)))
        return names.map { name in
            (
                repairs.first { $0.path.contains(name.sealed) },
                FileManager.default.contents(atPath: path + "/" + name.sealed).map { Array($0) }
            )
        }
    }

    @Test("A crash inside a block of a pcapng segment cuts the segment before that block")
    func pcapng() throws {
        let whole = Array(RepairTests.pieces.joined())
        let cuts = Array(1...whole.count)
        for (cut, result) in zip(cuts, try repaired(cuts.map { Array(whole.prefix($0)) }, SegmentKind(.pcapng))) {
            // The end of the complete pieces, and the number of packets among them.
            var (end, count, packets) = (0, 0, 0)
            for piece in RepairTests.pieces {
                if end + piece.count > cut { break }
                (end, count) = (end + piece.count, count + 1)
                if (3...5).contains(count) { packets += 1 }
            }
            if packets == 0 {
                #expect(result.outcome?.outcome == .removed && result.bytes == nil, "cut at \(cut)")
            } else {
                #expect(result.outcome?.outcome == .sealed(cut: Int64(cut - end)), "cut at \(cut)")
                #expect(result.outcome?.packets == UInt64(packets), "cut at \(cut)")
                #expect(result.bytes == Array(whole.prefix(end)), "cut at \(cut)")
            }
        }
    }

    @Test("Zeros behind the last whole block are cut off", arguments: [1, 11, 12, 4096])
    func zeros(count: Int) throws {
        let whole = Array(RepairTests.pieces.dropLast().joined())
        let result = try repaired([whole + Array(repeating: 0, count: count)], SegmentKind(.pcapng))[0]
        #expect(result.outcome?.outcome == .sealed(cut: Int64(count)))
        #expect(result.bytes == whole)
    }

    /// The same segment, compressed as three hold buffers, without the end of the frame.
    private static func packed() throws -> [[UInt8]] {
        var encoder = try FrameEncoder()
        return try [pieces[..<3], pieces[3..<5], pieces[5...]].map { pieces in
            let plain = Array(pieces.joined())
            var bytes = [UInt8](repeating: 0, count: FrameEncoder.bound(plain.count))
            var span = bytes.mutableSpan
            var room = unsafe span.mutableBytes
            let count = unsafe try encoder.encode(plain.span.bytes, into: &room)
            return Array(bytes[..<count])
        }
    }

    private func unpacked(_ frames: [UInt8]) throws -> [UInt8] {
        var reader = try FrameReader()
        var source = frames[...]
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 100)
        while true {
            var span = buffer.mutableSpan
            var output = unsafe span.mutableBytes
            let count = reader.read(into: &output) { packed in
                let next = source.prefix(packed.byteCount)
                unsafe packed.withUnsafeMutableBytes { unsafe $0.copyBytes(from: next) }
                source = source.dropFirst(next.count)
                return next.count
            }
            if count == 0 { break }
            content += buffer[..<count]
        }
        #expect(reader.damage == nil)
        return content
    }

    @Test("A compressed segment that a crash cut anywhere ends after a whole record and is finished")
    func zstd() throws {
        let parts = try RepairTests.packed() + [FrameEncoder.ending]
        let (whole, content) = (Array(parts.joined()), Array(RepairTests.pieces.joined()))
        let ends = RepairTests.pieces.indices.map { RepairTests.pieces[...$0].joined().count }
        let cuts = Array(1...whole.count)
        for (cut, result) in zip(cuts, try repaired(cuts.map { Array(whole.prefix($0)) }, SegmentKind(.pcapng, .zstd)))
        {
            guard let bytes = result.bytes else {
                #expect(result.outcome?.outcome == .removed && cut < parts[0].count, "cut at \(cut)")
                continue
            }
            var (count, end) = (0, 0)
            while count < parts.count, end + parts[count].count <= cut {
                (count, end) = (count + 1, end + parts[count].count)
            }
            let expected = [ends[2], ends[4], ends[5], ends[5]][count - 1]
            #expect(try unpacked(bytes) == Array(content.prefix(expected)), "cut at \(cut)")
            #expect(bytes == whole.prefix(end) + (count == 4 ? [] : FrameEncoder.ending), "cut at \(cut)")
            #expect(result.outcome?.packets == UInt64(ends[2...4].count { $0 <= expected }), "cut at \(cut)")
        }
    }

    @Test("Whole records in the first blocks of an incomplete hold buffer are kept")
    func longHoldBuffer() throws {
        let header = RepairTests.pieces[0] + RepairTests.pieces[1]
        let records = (0..<300).map { number in
            EnhancedPacket(ticks: UInt64(number), capturedLength: 2000, wireLength: 2000, flags: .none)
                .bytes(around: (0..<2000).map { UInt8(truncatingIfNeeded: $0 &* number >> 3) })
        }
        let content = header + records.joined()
        var encoder = try FrameEncoder()
        var packed = [UInt8](repeating: 0, count: FrameEncoder.bound(content.count))
        var span = packed.mutableSpan
        var room = unsafe span.mutableBytes
        packed.removeSubrange(unsafe try encoder.encode(content.span.bytes, into: &room)...)

        let cut = packed.count * 3 / 4
        let result = try repaired([Array(packed[..<cut])], SegmentKind(.pcapng, .zstd))[0]
        let kept = try unpacked(try #require(result.bytes))
        let count = (kept.count - header.count) / records[0].count
        #expect(kept == header + records[..<count].joined())
        #expect(result.outcome?.packets == UInt64(count) && (64...255).contains(count))
    }

    @Test("A few bytes that decompress to very many need little memory and little space")
    func bomb() throws {
        let header = RepairTests.pieces[0] + RepairTests.pieces[1]
        let record = EnhancedPacket(ticks: 1, capturedLength: 250_000, wireLength: 250_000, flags: .none)
            .bytes(around: [UInt8](repeating: 0, count: 250_000))
        // A frame whose parts never end with a record: an incomplete hold buffer of 512 MiB.
        var encoder = try FrameEncoder()
        var file: [UInt8] = []
        func pack(_ bytes: some Collection<UInt8>) throws {
            let plain = Array(bytes)
            var packed = [UInt8](repeating: 0, count: FrameEncoder.bound(plain.count))
            var span = packed.mutableSpan
            var room = unsafe span.mutableBytes
            file += packed[..<(unsafe try encoder.encode(plain.span.bytes, into: &room))]
        }
        try pack(header + record[..<100])
        let next = Array(record[100...] + record[..<100])
        for _ in 0..<2100 { try pack(next) }
        let before = try RepairTests.peakMemory()
        let (outcome, bytes) = try repaired([file], SegmentKind(.pcapng, .zstd))[0]
        #expect(try RepairTests.peakMemory() - before < 128 << 10)
        let kept = try #require(bytes)
        #expect(kept.count < (17 << 20) && outcome?.packets == UInt64((16 << 20) / record.count))
        #expect(try unpacked(kept).count == header.count + (16 << 20) / record.count * record.count)
    }

    /// Peak memory of this process, in KiB. See proc_pid_status(5), VmHWM.
    private static func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    @Test("Without room above the free-space reserve, repair appends nothing and loses nothing")
    func noRoom() throws {
        let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let header = RepairTests.pieces[0] + RepairTests.pieces[1]
        let record = EnhancedPacket(ticks: 1, capturedLength: 100_000, wireLength: 100_000, flags: .none)
            .bytes(around: [UInt8](repeating: 7, count: 100_000))
        var encoder = try FrameEncoder()
        let content = header + record + record + record[..<100]
        var packed = [UInt8](repeating: 0, count: FrameEncoder.bound(content.count))
        var span = packed.mutableSpan
        var room = unsafe span.mutableBytes
        packed.removeSubrange(unsafe try encoder.encode(content.span.bytes, into: &room)...)
        let name = "\(path)/dns-eth0-19700101T000000.000000Z.pcapng.zst"
        try Data(packed).write(to: URL(filePath: name + ".part"))
        let refused = try Adoption.adopt("dns", in: path, configured: ["dns"], freeSpace: 1 << 60).repairs
        guard case .failed(let error) = refused.first?.outcome else {
            Issue.record("\(refused)")
            return
        }
        #expect("\(error)".contains("No space left on device") && "\(error)".contains("free-space"))
        #expect(FileManager.default.contents(atPath: name + ".part") == Data(packed))
        let repaired = try Adoption.adopt("dns", in: path, configured: ["dns"], freeSpace: 0).repairs
        #expect(repaired.map(\.packets) == [2])
    }

    @Test("A block that cannot be decompressed ends a compressed segment before it", arguments: [0, 1, 4])
    func damaged(place: Int) throws {
        var parts = try RepairTests.packed()
        parts[1][place] = 0xff
        let result = try repaired([Array(parts.joined())], SegmentKind(.pcapng, .zstd))[0]
        #expect(result.bytes == parts[0] + FrameEncoder.ending && result.outcome?.packets == 1)
    }

    @Test("Zeros behind the last whole block of a compressed segment are cut off", arguments: [1, 3, 4096, 1 << 20])
    func zerosBehindBlocks(count: Int) throws {
        let whole = Array(try RepairTests.packed().joined())
        let result = try repaired([whole + Array(repeating: 0, count: count)], SegmentKind(.pcapng, .zstd))[0]
        #expect(result.outcome?.outcome == .sealed(cut: Int64(count)))
        #expect(result.bytes == whole + FrameEncoder.ending)
    }
}
