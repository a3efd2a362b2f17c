import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A signal stops the daemon while packets arrive. Each packet is in a file or in a counter.
    @Suite struct Stop {
        private static let frames = FrameSequence([.udp, .tcp])

        @Test("SIGTERM at a random moment under load counts every lost packet", arguments: 1...20)
        func terminate(round: Int) throws {
            var generator = SeededGenerator(stream: UInt64(round))
            try stop(with: SIGTERM, after: .random(in: 0.05...0.6, using: &generator), round: round)
        }

        @Test("SIGINT at a moment under load counts every lost packet")
        func interrupt() throws { try stop(with: SIGINT, after: 0.3, round: 0) }

        @Test("A signal directly after the daemon reports that it captures stops it")
        func early() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            let codes = try (0..<20).map { _ in
                let daemon = try Daemon("captures: { all: { interface: \(link.far) } }", in: folder.path)
                while daemon.isRunning, daemon.log.events("started").isEmpty {}
                daemon.send(SIGTERM)
                return try daemon.exitCode()
            }
            #expect(codes == [Int32](repeating: 0, count: 20))
        }

        private func stop(with signal: Int32, after delay: Double, round: Int) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfs1, rotate: { size: 4MiB } } }", in: folder.path)
            let traffic = try Generator(Stop.frames, on: link.near, rate: 100_000).start(0..<1_000_000)
            print("STOP round \(round): signal \(signal) after \(String(format: "%.3f", delay)) s")
            #expect(staysTrue(for: delay) { daemon.isRunning })
            let log = try daemon.stop(signal)
            let sent = try traffic.stop().sent

            let segments = try Segments(in: folder.path + "/all")
            let counts = try #require(log.capture("all"))
            let tap = try #require(log.taps.first)
            let found = try FrameCheck(Stop.frames, in: segments.paths)
            #expect(segments.parts.isEmpty)
            #expect(counts.written > 0 && counts.written <= sent)
            #expect(tap.drained == counts.matched)
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == counts.written)
            #expect(found.count == counts.written)
            #expect(found.mistakes.isEmpty)
            if log.losses == 0 { #expect(found.isPrefix, "\(found.first ?? 0), \(found.gaps) gaps") }
        }

        @Test(
            "A second signal stops at once, with exit code 1 and only complete packets", arguments: 1...3)
        func atOnce(round: Int) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            // The ring's last block needs a second, so the first signal is not complete when the second one arrives.
            let daemon = try Daemon.capturing(
                """
                ring: { timeout: 1000ms }
                captures: { all: { interface: hfs1, rotate: { size: 64MiB } } }
                """, in: folder.path)
            let traffic = try Generator(Stop.frames, on: link.near, rate: nil).start(0..<3_000_000)
            var generator = SeededGenerator(stream: 51)
            #expect(staysTrue(for: .random(in: 0.3...0.8, using: &generator)) { daemon.isRunning })
            daemon.send(SIGTERM)
            try daemon.wait(event: "stopping")
            daemon.send(SIGTERM)
            let code = try daemon.exitCode()
            _ = try traffic.stop()

            let log = daemon.log
            #expect(code == 1, "the log:\n\(log.text)")
            #expect(log.events("stopping").map(\.level) == ["info", "warning"])
            #expect(log.isBalanced, "the log:\n\(log.text)")
            let segments = try Segments(in: folder.path + "/all")
            let found = try FrameCheck(Stop.frames, in: segments.paths + segments.partPaths)
            print(
                "STOP at once, round \(round): \(segments.names.count) sealed, \(segments.parts.count) open, "
                    + "\(found.count) packets")
            #expect(found.mistakes.isEmpty)
            #expect(found.count == log.capture("all")?.written ?? 0)
        }

        @Test(
            "A second signal during a write counts the packets that wait for the disk",
            .enabled(if: Requirement.strace))
        func atOnceWhileWriting() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfs0", "hfs1")
            // A write takes so long that dozens of buffers wait.
            let daemon = try Daemon(
                """
                buffers: { size: 64KiB, count: 64 }
                captures: { all: { interface: hfs1, snap-length: 2000 } }
                """, in: folder.path,
                wrapper: [
                    "strace", "-qq", "--seccomp-bpf", "-f", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
                    "inject=pwrite64:delay_enter=200ms",
                ])
            try daemon.wait(event: "started")
            try Generator(FrameSequence(sizes: 1000...1000), on: link.near, rate: nil).send(0..<3000)
            daemon.sendThroughWrapper(SIGTERM)
            try daemon.wait(event: "stopping")
            let process = try #require(daemon.wrapped)
            try eventually("the end of the drain thread") {
                try !ThreadStatus.all(of: process).contains { $0["Name"] == "drain hfs1" }
            }
            daemon.sendThroughWrapper(SIGTERM)
            #expect(try daemon.exitCode() == 1)
            let log = daemon.log
            let counts = try #require(log.capture("all"))
            print("STOP at once while writing: written=\(counts.written) disk_dropped=\(counts.diskDropped)")
            #expect(log.isBalanced && counts.matched == 3000 && counts.diskDropped > 0, "the log:\n\(log.text)")
        }
    }
}
