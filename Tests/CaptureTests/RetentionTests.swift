import Foundation
import Glibc
import Linux
import Testing

@testable import Capture

@Suite("Retention")
struct RetentionTests {
    let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString

    /// Makes a segment of `size` bytes whose first packet came at `second`.
    func segment(_ second: Int64, interface: String = "eth0", size: Int = 100) throws -> SegmentName {
        let name = SegmentName(
            capture: "dns", interface: interface, start: Timestamp(seconds: second, nanoseconds: 0))
        try Data(repeating: 0, count: size).write(to: URL(filePath: path + "/" + name.sealed))
        return name
    }

    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    func with(_ body: () throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body()
    }

    @Test("Segments found at the start count, the oldest go first, over all interfaces")
    func adopts() throws {
        try with {
            let names = try [3, 1, 2].map { try segment($0, interface: "eth\($0)") }
            let retention = try Retention(RetentionRule(files: 2), capture: "dns", path: path, reserve: Reserve())
            try retention.prune(at: 10)
            #expect(files == [names[2].sealed, names[0].sealed].sorted())
        }
    }

    @Test("Nothing else is touched, whatever it looks like")
    func foreign() throws {
        try with {
            let foreign = [
                "dns-eth0-19700101T000001.000000Z.pcap.bak", "web-eth0-19700101T000001.000000Z.pcap.part",
                "web-eth0-19700101T000001.000000Z.pcap", "notes.txt",
            ]
            for name in foreign { try Data(count: 1000).write(to: URL(filePath: path + "/" + name)) }
            try FileManager.default.createSymbolicLink(
                atPath: path + "/dns-eth0-19700101T000002.000000Z.pcap", withDestinationPath: path + "/notes.txt")
            let before = files
            let retention = try Retention(
                RetentionRule(size: 1, files: 1, age: 1), capture: "dns", path: path, reserve: Reserve())
            try retention.prune(at: 1_000_000)
            #expect(files == before)
        }
    }

    @Test("Bytes and age are limits of their own, and all hold")
    func limits() throws {
        try with {
            let names = try (1...5).map { try segment(Int64($0) * 100, size: 100) }
            let bySize = try Retention(RetentionRule(size: 400), capture: "dns", path: path, reserve: Reserve())
            try bySize.prune(at: 500)
            #expect(files == names[1...].map(\.sealed))
            let byAge = try Retention(
                RetentionRule(size: 400, age: 150), capture: "dns", path: path, reserve: Reserve())
            #expect(byAge.nextExpiry == 351)
            try byAge.prune(at: 350)
            #expect(files == names[1...].map(\.sealed))
            try byAge.prune(at: 351)
            #expect(files == names[2...].map(\.sealed))
        }
    }

    @Test("What is sealed later counts; a segment somebody else removed is gone all the same")
    func adds() throws {
        try with {
            let retention = try Retention(RetentionRule(files: 2), capture: "dns", path: path, reserve: Reserve())
            let names = try (1...4).map { try segment(Int64($0)) }
            for name in names { retention.add(name, size: 100) }
            try FileManager.default.removeItem(atPath: path + "/" + names[0].sealed)
            try retention.prune(at: 10)
            #expect(files == names[2...].map(\.sealed))
        }
    }

    /// A pcap file of `packets` records of 16 and 4 bytes, and the first `extra` bytes of another.
    func capture(packets: Int, extra: Int) -> Data {
        let header: [UInt32] = [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1]
        let record: [UInt32] = [1, 2, 4, 4, 0x0403_0201]
        let words = header + (0...packets).flatMap { _ in record }
        let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return Data(bytes.prefix(24 + 20 * packets + extra))
    }

    @Test("A segment that a crash left open is cut after its last whole record", arguments: [0, 1, 15, 16, 19])
    func repairs(extra: Int) throws {
        try with {
            let name = "dns-eth0-19700101T000001.000000Z.pcap"
            try capture(packets: 3, extra: extra).write(to: URL(filePath: path + "/" + name + ".part"))
            let retention = try Retention(.everything, capture: "dns", path: path, reserve: Reserve())
            #expect(retention.repairs.map(\.outcome) == [.sealed(cut: Int64(extra))])
            #expect(files == [name])
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == capture(packets: 3, extra: 0))
        }
    }

    @Test("Zeros that a power failure left are no packets")
    func zeros() throws {
        try with {
            let name = "dns-eth0-19700101T000001.000000Z.pcap"
            let left = capture(packets: 3, extra: 0) + Data(count: 5000)
            try left.write(to: URL(filePath: path + "/" + name + ".part"))
            let retention = try Retention(.everything, capture: "dns", path: path, reserve: Reserve())
            #expect(retention.repairs.map(\.packets) == [3])
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == capture(packets: 3, extra: 0))
        }
    }

    @Test("One without a packet is removed; one whose beginning cannot be read is left for somebody to look at")
    func unrepairable() throws {
        try with {
            let (empty, large) = ("dns-eth0-19700101T000001.000000Z", "dns-eth0-19700101T000002.000000Z")
            try capture(packets: 0, extra: 7).write(to: URL(filePath: "\(path)/\(empty).pcap.part"))
            try Data(count: 1 << 20).write(to: URL(filePath: "\(path)/\(large).pcap.part"))
            let retention = try Retention(.everything, capture: "dns", path: path, reserve: Reserve())
            #expect(Set(retention.repairs.map(\.outcome)) == [.removed, .unreadable])
            #expect(files == ["\(large).pcap.part"])
        }
    }

    @Test("Space that was reserved behind the last record is given back, also where nothing has to be cut off")
    func reserved() throws {
        try with {
            let name = "dns-eth0-19700101T000001.000000Z.pcap"
            let whole = capture(packets: 3, extra: 0)
            do {
                let directory = try Directory(path)
                let file = try directory.create(name + ".part")
                try unsafe file.write(Array(whole).span.bytes, at: 0)
                guard try file.reserve(from: 0, count: 8 << 20) else {
                    return print("SKIPPING the test of reserved space: the file system of \(path) reserves none")
                }
            }
            #expect(blocks(of: name + ".part") >= 16384)
            _ = try Retention(.everything, capture: "dns", path: path, reserve: Reserve())
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == whole)
            #expect(blocks(of: name) < 64)
        }
    }

    /// Units of 512 bytes that a file takes.
    private func blocks(of name: String) -> Int {
        var status = stat()
        return unsafe stat(path + "/" + name, &status) == 0 ? Int(status.st_blocks) : 0
    }

    @Test("An open segment that cannot be repaired is left, and said, and the others are repaired")
    func irreparable() throws {
        try with {
            let names = (1...3).map { "dns-eth0-19700101T00000\($0).000000Z.pcap" }
            for name in names { try capture(packets: 1, extra: 1).write(to: URL(filePath: "\(path)/\(name).part")) }
            // Somebody has taken the name of the second.
            try Data().write(to: URL(filePath: "\(path)/\(names[1])"))
            let retention = try Retention(.everything, capture: "dns", path: path, reserve: Reserve())
            #expect(files == (names + [names[1] + ".part"]).sorted())
            let failed = retention.repairs.filter { if case .failed = $0.outcome { true } else { false } }
            #expect(failed.map(\.path) == ["\(path)/\(names[1]).part"] && retention.repairs.count == 3)
            #expect("\(failed.map(\.outcome))".contains("File exists"))
            #expect(retention.holdings.segments == 3)
        }
    }

    @Test("A segment that somebody else has removed makes no room")
    func makesRoom() throws {
        try with {
            let names = try (1...3).map { try segment(Int64($0)) }
            let reserve = Reserve()
            let retention = try Retention(RetentionRule(files: 9), capture: "dns", path: path, reserve: reserve)
            reserve.change(to: 0, over: [retention])
            try FileManager.default.removeItem(atPath: path + "/" + names[0].sealed)
            let disk = try Directory(path).fileSystem()
            try reserve.makeRoom(for: disk.free + 50, on: disk, of: path)
            #expect(files == [names[2].sealed])
        }
    }

    @Test("A folder in which nothing can be written is refused with its name")
    func unwritable() throws {
        let error = #expect(throws: SystemError.self) {
            try Retention(.everything, capture: "dns", path: "/proc/holdfast", reserve: Reserve())
        }
        #expect("\(try #require(error))".contains("/proc/holdfast"))
    }
}
