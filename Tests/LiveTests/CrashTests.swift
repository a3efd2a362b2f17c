import Foundation
import Testing
import Traffic

extension Live {
    /// kill -9: the next start makes whole what was left open.
    @Suite struct Crash {
        private static let frames = FrameSequence([.udp, .tcp])
        private static let configuration = "captures: { all: { interface: hfk1, rotate: { size: 64MiB } } }"
        /// How often a daemon is killed; `make crash` asks for more.
        private static let rounds = ProcessInfo.processInfo.environment["HOLDFAST_CRASHES"].flatMap { Int($0) } ?? 8

        @Test(
            "Killed at random moments under traffic, again and again: every file is whole, no sealed record goes, the budget holds",
            arguments: ["pcap", "pcapng"])
        func killed(format: String) throws {
            let folder = try TemporaryFolder()
            let home = folder.path + "/all"
            let link = try VethPair("hfk0", "hfk1")
            let configuration = """
                free-space: 0
                buffers: { size: 1MiB }
                captures:
                  all: { interface: hfk1, format: \(format), flush: 50ms, rotate: { size: 4MiB }, keep: { size: 48MiB } }
                """
            var sealed: [String: Int] = [:]
            var (sent, repaired, removed) = (UInt64(0), 0, 0)
            for round in 1...Crash.rounds {
                let daemon = try Daemon.capturing(configuration, in: folder.path)
                let traffic = try Generator(Crash.frames, on: link.near, rate: 60_000).start(sent..<sent + 10_000_000)
                pause(Double.random(in: 0.02...0.7))
                daemon.send(SIGKILL)
                #expect(try daemon.exitCode() == -SIGKILL)
                sent += try traffic.stop().sent
                let before = try Segments(in: home)
                #expect(before.parts.count <= 1)
                let log = try Daemon.capturing(configuration, in: folder.path).stop()
                let after = try Segments(in: home)
                #expect(after.parts.isEmpty, "round \(round): \(log.text)")
                repaired += log.lines(containing: "repaired ").count
                removed += log.lines(containing: "removed ").count
                // What was sealed is there as it was, unless the budget let the oldest go.
                let sizes = Dictionary(uniqueKeysWithValues: zip(after.names, after.sizes))
                for (name, size) in sealed where sizes[name] != size {
                    #expect(sizes[name] == nil && name < after.names[0], "round \(round): \(name)")
                }
                sealed = sizes
                // One segment may be being written on top of the budget.
                #expect(after.sizes.reduce(0, +) <= (48 + 4) << 20)
                _ = try Inspection.packetCounts(after.paths)
                try Inspection.tcpdump(after.paths)
            }
            let found = try FrameCheck(Crash.frames, in: Segments(in: home).paths)
            print(
                "CRASH \(format): \(Crash.rounds) times, repaired=\(repaired) removed=\(removed), \(found.count) packets left"
            )
            #expect(found.mistakes.isEmpty && found.count > 0 && repaired > 0, "\(found.mistakes)")
        }

        @Test("The open segment of a daemon that runs is left alone by another one that starts")
        func secondDaemon() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let first = try Daemon.capturing(Crash.configuration, in: folder.path)
            try Generator(Crash.frames, on: link.near, rate: nil).send(0..<100)
            try eventually("an open segment") { try Segments(in: folder.path + "/all").parts.count == 1 }
            let own = "\ncontrol: { socket: \(folder.path)/second.sock, group: root }"
            let log = try Daemon.capturing(Crash.configuration + own, in: folder.path).stop()
            #expect(log.lines(containing: "repaired ").isEmpty)
            try Generator(Crash.frames, on: link.near, rate: nil).send(100..<200)
            try first.stop()
            #expect(try FrameCheck(Crash.frames, in: Segments(in: folder.path + "/all").paths).count == 200)
        }
    }
}
