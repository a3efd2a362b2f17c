import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// After kill -9, the next start repairs open segments.
    @Suite struct Crash {
        private static let frames = FrameSequence([.udp, .tcp])
        private static let configuration = "captures: { all: { interface: hfk1, rotate: { size: 64MiB } } }"
        /// How many times a daemon is killed; `make crash` sets a higher number.
        private static let rounds = ProcessInfo.processInfo.environment["HOLDFAST_CRASHES"].flatMap { Int($0) } ?? 8

        @Test(
            "A daemon killed repeatedly under traffic leaves valid files, keeps sealed records, and respects 'keep'",
            arguments: ["pcap", "pcapng"])
        func killed(format: String) throws {
            let folder = try TemporaryFolder()
            let home = folder.path + "/all"
            let link = try VethPair("hfk0", "hfk1")
            let configuration = """
                free-space: 0
                buffers: { size: 1MiB }
                captures:
                  all:
                    { interface: hfk1, format: \(format), flush: 50ms, rotate: { size: 4MiB }, keep: { size: 48MiB } }
                """
            var sealed: [String: Int] = [:]
            var (sent, repaired, removed) = (UInt64(0), 0, 0)
            var generator = SeededGenerator(stream: 52)
            for round in 1...Crash.rounds {
                let daemon = try Daemon.capturing(configuration, in: folder.path)
                let traffic = try Generator(Crash.frames, on: link.near, rate: 60_000).start(sent..<sent + 10_000_000)
                #expect(staysTrue(for: .random(in: 0.02...0.7, using: &generator)) { daemon.isRunning })
                daemon.send(SIGKILL)
                #expect(try daemon.exitCode() == -SIGKILL)
                sent += try traffic.stop().sent
                let before = try Segments(in: home)
                #expect(before.parts.count <= 1)
                let log = try Daemon.capturing(configuration, in: folder.path).stop()
                let after = try Segments(in: home)
                #expect(after.parts.isEmpty, "round \(round): \(log.text)")
                repaired += log.events("repaired").count { $0.number("packets") > 0 }
                removed += log.events("repaired").count { $0.number("packets") == 0 }
                // Sealed segments are unchanged, except for the oldest ones if retention expired them.
                let sizes = Dictionary(uniqueKeysWithValues: zip(after.names, after.sizes))
                for (name, size) in sealed where sizes[name] != size {
                    #expect(sizes[name] == nil && name < after.names[0], "round \(round): \(name)")
                }
                sealed = sizes
                // An open segment can exceed the budget.
                #expect(after.sizes.reduce(0, +) <= (48 + 4) << 20)
                _ = try Inspection.packetCounts(after.paths)
                try Inspection.tcpdump(after.paths)
            }
            let found = try FrameCheck(Crash.frames, in: Segments(in: home).paths)
            print(
                "CRASH \(format): \(Crash.rounds) times, repaired=\(repaired) removed=\(removed), "
                    + "\(found.count) packets left")
            #expect(found.mistakes.isEmpty && found.count > 0 && repaired > 0, "\(found.mistakes)")
        }

        @Test("A segment that cannot be repaired is reported and prevents no capture; a reload reports its repairs")
        func repairs() throws {
            let folder = try TemporaryFolder()
            let names = ["one", "two"].map { "\(folder.path)/\($0)/\($0)-lo-20200101T000000.000000Z.pcap" }
            for name in names {
                try FileManager.default.createDirectory(
                    atPath: (name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                // The header of a file, and a record of one byte.
                let words: [UInt32] = [0xa1b2_3c4d, 0x0004_0002, 0, 0, 100, 1, 1, 1, 1, 1]
                let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
                try Data(bytes + [7]).write(to: URL(fileURLWithPath: name + ".part"))
            }
            // Another file already has the name of the sealed segment.
            try Data().write(to: URL(fileURLWithPath: names[0]))
            let daemon = try Daemon.capturing("captures: { one: { interface: lo } }", in: folder.path)
            let left = try daemon.wait(event: "left-open", capture: "one")
            #expect(left["file"] == names[0] + ".part" && left.message.contains("File exists"), "\(left.message)")
            // A large log starts a thread, which must be inside the sandbox.
            let lines = daemon.log.lines
            let walls = try #require(lines.firstIndex { $0.hasPrefix("runs as ") })
            #expect(try walls < #require(lines.firstIndex(of: left.message)))
            try daemon.reload("captures: { one: { interface: lo }, two: { interface: lo } }")
            let repaired = try daemon.wait(event: "repaired", capture: "two")
            #expect(repaired["file"] == names[1] && repaired.number("packets") == 1, "\(repaired.message)")
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
            #expect(try Inspection.packetCounts([names[1]]) == [1])
        }

        @Test("A daemon that starts leaves the open segment of another running daemon alone")
        func secondDaemon() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let first = try Daemon.capturing(Crash.configuration, in: folder.path)
            try Generator(Crash.frames, on: link.near, rate: nil).send(0..<100)
            try eventually("an open segment") { try Segments(in: folder.path + "/all").parts.count == 1 }
            let own = "\ncontrol: { socket: \(folder.path)/second.sock, group: root }"
            let log = try Daemon.capturing(Crash.configuration + own, in: folder.path).stop()
            #expect(log.events("repaired").isEmpty)
            try Generator(Crash.frames, on: link.near, rate: nil).send(100..<200)
            try first.stop()
            #expect(try FrameCheck(Crash.frames, in: Segments(in: folder.path + "/all").paths).count == 200)
        }
    }
}
