import Capture
import Foundation
import Linux
import Pcap
import Testing

@Suite("Repair of our own files")
struct RepairTests {
    /// A whole segment in pcapng, as its pieces: section, interface, packets, statistics.
    private static let pieces: [[UInt8]] = {
        let header = PcapngHeader(
            hardware: "abacus", system: "CP/M 2", application: "Holdfast", interface: "eth0", filter: "port 53",
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

    /// Makes a folder of these open segments, a second apart, repairs it, and says what each has become.
    private func repaired(_ files: [[UInt8]], _ kind: SegmentKind) throws -> [(outcome: Repair?, bytes: [UInt8]?)] {
        let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let names = files.indices.map {
            SegmentName(
                capture: "dns", interface: "eth0", start: Timestamp(seconds: Int64($0), nanoseconds: 0), kind: kind)
        }
        for (name, bytes) in zip(names, files) { try Data(bytes).write(to: URL(filePath: path + "/" + name.open)) }
        let repairs = try Retention(.everything, capture: "dns", path: path, reserve: Reserve()).repairs
        let left = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(Set(left).isSubset(of: names.map(\.sealed)))
        return names.map { name in
            (
                repairs.first { $0.path.contains(name.sealed) },
                FileManager.default.contents(atPath: path + "/" + name.sealed).map { Array($0) }
            )
        }
    }

    @Test("A crash inside any block of a pcapng segment cuts it before that block")
    func pcapng() throws {
        let whole = Array(RepairTests.pieces.joined())
        let cuts = Array(1...whole.count)
        for (cut, result) in zip(cuts, try repaired(cuts.map { Array(whole.prefix($0)) }, SegmentKind(.pcapng))) {
            // Pieces that are whole, and how many of them are packets.
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
}
