import CaptureFiles
import Control
import Foundation
import Linux
import StatusTool
import Testing
import Traffic

/// `holdfast files` without a daemon: information from names, from the segments themselves, and with `--count` from
/// reading.
struct FilesTests {
    @Test(
        "The option --count counts segments of every kind, open ones up to their last complete record",
        .enabled(if: Command.path(of: "zstd") != nil))
    func count() throws {
        let whole = pcap { file in for number in 1...20 as ClosedRange<UInt8> { file.record([number]) } }
        let blocks = pcapng { file in
            file.interface()
            for number in 1...20 as ClosedRange<UInt64> { file.enhancedPacket(ticks: number * 1_000_000, [1]) }
        }
        try withFolder { folder in
            func add(_ bytes: [UInt8], second: Int, _ suffix: String, keeping: Double = 1) throws {
                let name = "\(folder)/dns-eth0-20261122T12000\(second).000000Z.\(suffix)"
                try Data(bytes.prefix(Int(Double(bytes.count) * keeping))).write(to: URL(fileURLWithPath: name))
            }
            try add(whole, second: 0, "pcap")
            try add(try packed(whole), second: 1, "pcap.zst")
            try add(blocks, second: 2, "pcapng")
            try add(try packed(blocks), second: 3, "pcapng.zst")
            try add(whole, second: 4, "pcap.part", keeping: 0.5)
            try add(try packed(blocks), second: 5, "pcapng.zst.part", keeping: 0.99)
            // A sealed, damaged segment.
            try add(try packed(whole), second: 6, "pcap.zst", keeping: 0.9)
            try add([], second: 7, "pcap.part")

            let (told, _) = try files(in: folder)
            #expect(told.count == 8 && told.allSatisfy { $0.packets == nil && $0.last == nil })
            let (counted, errors) = try files(in: folder, "--count")
            #expect(counted.map(\.packets) == [20, 20, 20, 20, 9, 20, nil, nil])
            #expect(counted.map(\.state) == [.sealed, .sealed, .sealed, .sealed, .open, .open, .sealed, .open])
            let (inPcap, inPcapng) = (
                Timestamp(seconds: 1, nanoseconds: 999_999_000), Timestamp(seconds: 20, nanoseconds: 0)
            )
            #expect(counted.map(\.last) == [inPcap, inPcap, inPcapng, inPcapng, inPcap, inPcapng, nil, nil])
            #expect(errors.contains("cannot count the packets of \(counted[6].path), byte "), "\(errors)")
            #expect(errors.contains("the file ends within a frame") && errors.split(separator: "\n").count == 1)
        }
    }

    /// The bytes as zstd(1) compresses them.
    private func packed(_ bytes: [UInt8]) throws -> [UInt8] {
        try Holdfast.withFile(bytes) { path in
            try Command.check("zstd", ["-q", "-k", path])
            defer { try? FileManager.default.removeItem(atPath: path + ".zst") }
            return Array(try Data(contentsOf: URL(fileURLWithPath: path + ".zst")))
        }
    }

    private func files(in folder: String, _ options: String...) throws -> (files: [SegmentFile], errors: String) {
        try Holdfast.withFile("captures: { dns: { interface: eth0, directory: \(folder) } }\n") { configuration in
            let result = try Command.run(
                Holdfast.binary, ["files", "--json", "--config", configuration] + options)
            #expect(result.status == 0, "\(result)")
            return (try Coding.decode([SegmentFile].self, from: Array(result.output.utf8)), result.errors)
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/holdfast-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try body(path)
    }
}
