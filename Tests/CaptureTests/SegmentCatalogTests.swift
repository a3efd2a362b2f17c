import Foundation
import Glibc
import Linux
import Segments
import Synchronization
import Testing

@testable import Capture

@Suite("The catalog of sealed segments")
struct RetentionTests {
    let path = NSTemporaryDirectory() + "holdfast-" + UUID().uuidString

    /// Creates a segment of `size` bytes whose first packet has the timestamp `second`.
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

    @Test("Segments found at the start count, and the oldest of all interfaces expire first")
    func adopts() throws {
        try with {
            let names = try [3, 1, 2].map { try segment($0, interface: "eth\($0)") }
            let retention = try SegmentCatalog(
                RetentionRule(files: 2), capture: "dns", path: path, reserve: FreeSpaceGuard())
            retention.prune(at: .second(10))
            #expect(files == [names[2].sealed, names[0].sealed].sorted())
        }
    }

    @Test("Files that are not segments of the capture stay untouched")
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
            let retention = try SegmentCatalog(
                RetentionRule(size: 1, files: 1, age: 1), capture: "dns", path: path, reserve: FreeSpaceGuard(),
                at: .second(1_000_000))
            retention.prune(at: .second(1_000_000))
            #expect(files == before)
        }
    }

    @Test("The limits on bytes and age both apply")
    func limits() throws {
        try with {
            let names = try (1...5).map { try segment(Int64($0) * 100, size: 100) }
            let bySize = try SegmentCatalog(
                RetentionRule(size: 400), capture: "dns", path: path, reserve: FreeSpaceGuard(), at: .second(500))
            bySize.prune(at: .second(500))
            #expect(files == names[1...].map(\.sealed))
            let byAge = try SegmentCatalog(
                RetentionRule(size: 400, age: 150), capture: "dns", path: path, reserve: FreeSpaceGuard(),
                at: .second(350))
            #expect(byAge.delay(at: .second(350)) == 0)
            byAge.prune(at: .second(350))
            #expect(byAge.delay(at: .second(350)) == 1)
            #expect(files == names[1...].map(\.sealed))
            byAge.prune(at: .second(351))
            #expect(files == names[2...].map(\.sealed))
        }
    }

    @Test("Newly sealed segments count, and one that another process removed counts as expired")
    func adds() throws {
        try with {
            let retention = try SegmentCatalog(
                RetentionRule(files: 2), capture: "dns", path: path, reserve: FreeSpaceGuard())
            let names = try (1...4).map { try segment(Int64($0)) }
            for name in names { retention.add(name, size: 100, opened: 0, at: .second(9)) }
            try FileManager.default.removeItem(atPath: path + "/" + names[0].sealed)
            retention.prune(at: .second(10))
            #expect(files == names[2...].map(\.sealed))
        }
    }

    /// A pcap file of `packets` records of 16 and 4 bytes, and the first `extra` bytes of another record.
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
            let found = try Adoption.adopt(in: path)
            #expect(found.repairs.map(\.outcome) == [.sealed(cut: Int64(extra))])
            #expect(files == [name])
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == capture(packets: 3, extra: 0))
        }
    }

    @Test("Zeros that a power failure left are not packets")
    func zeros() throws {
        try with {
            let name = "dns-eth0-19700101T000001.000000Z.pcap"
            let left = capture(packets: 3, extra: 0) + Data(count: 5000)
            try left.write(to: URL(filePath: path + "/" + name + ".part"))
            let found = try Adoption.adopt(in: path)
            #expect(found.repairs.map(\.packets) == [3])
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == capture(packets: 3, extra: 0))
        }
    }

    @Test("An open segment without a packet is removed, and one with an unreadable beginning stays")
    func unrepairable() throws {
        try with {
            let (empty, large) = ("dns-eth0-19700101T000001.000000Z", "dns-eth0-19700101T000002.000000Z")
            try capture(packets: 0, extra: 7).write(to: URL(filePath: "\(path)/\(empty).pcap.part"))
            try Data(count: 1 << 20).write(to: URL(filePath: "\(path)/\(large).pcap.part"))
            let found = try Adoption.adopt(in: path)
            #expect(Set(found.repairs.map(\.outcome)) == [.removed, .unreadable])
            #expect(files == ["\(large).pcap.part"])
        }
    }

    @Test("Repair releases the space reserved behind the last record, also if it cuts nothing")
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
            _ = try Adoption.adopt(in: path)
            #expect(try Data(contentsOf: URL(filePath: path + "/" + name)) == whole)
            #expect(blocks(of: name) < 64)
        }
    }

    /// Allocated blocks of 512 bytes of a file.
    private func blocks(of name: String) -> Int {
        var status = stat()
        return unsafe stat(path + "/" + name, &status) == 0 ? Int(status.st_blocks) : 0
    }

    @Test("An open segment that cannot be repaired stays and is reported, and the others are repaired")
    func irreparable() throws {
        try with {
            let names = (1...3).map { "dns-eth0-19700101T00000\($0).000000Z.pcap" }
            for name in names { try capture(packets: 1, extra: 1).write(to: URL(filePath: "\(path)/\(name).part")) }
            // The name of the second segment is taken.
            try Data().write(to: URL(filePath: "\(path)/\(names[1])"))
            let found = try Adoption.adopt(in: path)
            #expect(files == (names + [names[1] + ".part"]).sorted())
            let failed = found.repairs.filter { if case .failed = $0.outcome { true } else { false } }
            #expect(failed.map(\.path) == ["\(path)/\(names[1]).part"] && found.repairs.count == 3)
            #expect("\(failed.map(\.outcome))".contains("File exists"))
            #expect(found.segments.count == 3)
        }
    }

    @Test("A segment that another process removed makes no room")
    func makesRoom() throws {
        try with {
            let names = try (1...3).map { try segment(Int64($0)) }
            let reserve = FreeSpaceGuard()
            let retention = try SegmentCatalog(RetentionRule(files: 9), capture: "dns", path: path, reserve: reserve)
            reserve.change(to: 0, over: [retention])
            try FileManager.default.removeItem(atPath: path + "/" + names[0].sealed)
            let disk = try Directory(path).fileSystem()
            try reserve.makeRoom(for: disk.free + 50, on: disk, of: path, capture: "web")
            #expect(files == [names[2].sealed])
        }
    }

    @Test("A segment belongs to the longest matching capture name that is configured or has a ledger there")
    func owners() throws {
        try with {
            let time = "19700101T000001.000000Z.pcap"
            let names = ["dns-br-1a2b-\(time)", "dns-int-b0-\(time)", "dns-int-br-1a2b-\(time)", "web-eth0-\(time)"]
            for name in names + [names[1] + ".part"] {
                try Data(count: 100).write(to: URL(filePath: path + "/" + name))
            }
            // No other capture is known, so all of them belong to `dns`, on interfaces with a dash.
            #expect(try Adoption.survey("dns", in: path, configured: ["dns"]).segments.count == 3)
            let expected = [
                Adoption.Others(capture: "dns-int", segments: 2, bytes: 200),
                Adoption.Others(capture: "web", segments: 1, bytes: 100),
            ]
            #expect(try Adoption.survey("dns", in: path, configured: ["dns-int", "dns"]).others == expected)
            try Data().write(to: URL(filePath: path + "/dns-int.ledger"))
            let found = try Adoption.adopt(in: path)
            #expect(found.segments.map(\.name.sealed) == [names[0]] && found.others == expected)
            #expect(found.repairs.isEmpty)
            SegmentCatalog(RetentionRule(files: 1), found: found, reserve: FreeSpaceGuard()).prune(at: .now)
            // The newest segment stays.
            #expect(files == (names + [names[1] + ".part", "dns-int.ledger"]).sorted())
        }
    }

    @Test("Segments that no retention removes are found, wherever captures write or wrote")
    func orphans() throws {
        try with {
            let time = "19700101T000001.000000Z.pcap"
            for folder in ["dns", "gone", "web", "elsewhere"] {
                try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
            }
            let kept = ["dns/dns-eth0-\(time)", "elsewhere/web-eth0-\(time)", "gone/notes.txt", "dns/old-\(time)"]
            let left = [
                "dns/old-eth0-\(time)", "gone/gone-eth0-\(time).part", "gone/gone-eth0-\(time)", "web/web-br-1-\(time)",
            ]
            for name in kept + left { try Data(count: 7).write(to: URL(filePath: path + "/" + name)) }
            let orphans = Orphans(
                below: path, captures: [("dns", path + "/dns"), ("web", path + "/elsewhere"), ("new", path + "/new")])
            #expect(orphans.segments.map(\.path) == left.map { path + "/" + $0 }.sorted())
            #expect(orphans.segments.map(\.capture) == ["old", "gone", "gone", "web"])
            #expect(orphans.segments.allSatisfy { $0.size == 7 } && orphans.failures.isEmpty)
        }
    }

    @Test("A segment that another process writes is counted and stays untouched")
    func elsewhere() throws {
        try with {
            let name = "dns-eth0-19700101T000001.000000Z.pcap.part"
            try capture(packets: 3, extra: 0).write(to: URL(filePath: path + "/" + name))
            let file = try Directory(path).open(name)
            #expect(try file.lock())
            let found = try Adoption.adopt(in: path)
            #expect(found.openElsewhere == 1 && found.repairs.isEmpty && files == [name])
        }
    }

    @Test("Every removal is counted and reported with its reason and beneficiary")
    func reports() throws {
        try with {
            let removals = Mutex<[Removal]>([])
            let reserve = FreeSpaceGuard { event in
                if case .expired(let removal) = event { removals.withLock { $0.append(removal) } }
            }
            let names = try (1...6).map { try segment(Int64($0), size: 100 * $0) }
            let retention = try SegmentCatalog(
                RetentionRule(files: 5, age: 8), capture: "dns", path: path, reserve: reserve)
            reserve.change(to: 0, over: [retention])
            retention.prune(at: .second(10))
            let disk = try Directory(path).fileSystem()
            try reserve.makeRoom(for: disk.free + 150, on: disk, of: path, capture: "web")
            retention.change(to: RetentionRule(size: 500, files: 1))
            retention.prune(at: .second(10))
            let expected: [(Int, Removal.Reason, String?)] = [
                (0, .age, nil), (1, .freeSpace, "web"), (2, .files, nil), (3, .files, nil), (4, .files, nil),
            ]
            let told = removals.withLock { $0 }
            #expect(told.map(\.path) == expected.map { path + "/" + names[$0.0].sealed })
            #expect(told.map(\.size) == expected.map { Int64(100 * ($0.0 + 1)) })
            #expect(told.map(\.reason) == expected.map(\.1) && told.map(\.beneficiary) == expected.map(\.2))
            #expect(retention.removals == [.age: 1, .freeSpace: 1, .files: 3] && files == [names[5].sealed])
        }
    }

    @Test("A failed removal is reported once and retried with growing pauses, and other removals continue")
    func failedRemoval() throws {
        try with {
            let events = Mutex<[String]>([])
            let reserve = FreeSpaceGuard { event in
                events.withLock { events in
                    switch event {
                    case .expired: events.append("removed")
                    case .retentionFailed: events.append("failed")
                    default: break
                    }
                }
            }
            let names = try (1...4).map { try segment(Int64($0)) }
            let retention = try SegmentCatalog(RetentionRule(files: 2), capture: "dns", path: path, reserve: reserve)
            // A regular file replaces the directory.
            let away = path + ".away"
            try FileManager.default.moveItem(atPath: path, toPath: away)
            try Data().write(to: URL(filePath: path))
            for (second, delay) in [(10, 1), (11, 2), (12, 1), (13, 4), (17, 8), (25, 16)] as [(Int64, Int64)] {
                retention.prune(at: .second(second))
                #expect(retention.delay(at: .second(second)) == delay * 1_000_000_000, "at \(second)")
            }
            #expect(retention.holdings.segments == 4 && retention.holdings.bytes == 400)
            #expect(events.withLock { $0 } == ["failed"])
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: away, toPath: path)
            // A segment that expires now is removed at once, and the failed removal is retried a second later.
            retention.add(try segment(5), size: 100, opened: 0, at: .second(26))
            retention.prune(at: .second(26))
            #expect(files == [0, 1, 3].map { names[$0].sealed } + ["dns-eth0-19700101T000005.000000Z.pcap"])
            #expect(retention.delay(at: .second(26)) == 1_000_000_000)
            retention.prune(at: .second(27))
            #expect(files.count == 2 && retention.holdings.segments == 2 && retention.delay(at: .second(27)) == nil)
            #expect(events.withLock { $0 } == ["failed", "removed", "removed", "removed"])
        }
    }

    @Test("A directory that cannot be written is refused with its path")
    func unwritable() throws {
        let error = #expect(throws: SystemError.self) {
            try Adoption.adopt(in: "/proc/holdfast")
        }
        #expect("\(try #require(error))".contains("/proc/holdfast"))
    }
}
