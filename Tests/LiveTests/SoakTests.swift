import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Many rotations under a steady load, with retention, as in years of operation. Run by `make soak`; SECONDS sets
    /// the duration.
    @Suite(.enabled(if: Requirement.soak)) struct Soak {
        @Test("Memory, files and threads stay constant, and final counters are exact", .timeLimit(.minutes(60)))
        func soak() throws {
            let seconds = Double(Requirement.soakSeconds)
            let folder = try TemporaryFolder()
            let home = folder.path + "/all"
            let link = try VethPair("hfs0", "hfs1")
            let frames = FrameSequence(sizes: 64...512)
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfs1, rotate: { size: 4MiB }, keep: { files: 50 } } }", in: folder.path)
            let rate = 150_000.0
            let traffic = try Generator(frames, on: link.near, rate: rate).start(0..<UInt64(rate * seconds))
            #expect(staysTrue(for: min(20, seconds / 4)) { daemon.isRunning })  // until every buffer has been full
            let first = try Footprint(of: daemon.id)
            print("SOAK first: \(first)")
            var most = first
            let end = Date(timeIntervalSinceNow: seconds - min(20, seconds / 4))
            while Date() < end {
                #expect(staysTrue(for: 5) { daemon.isRunning })
                most = most.most(try Footprint(of: daemon.id))
            }
            let sent = try traffic.finish()
            print("SOAK last: \(try Footprint(of: daemon.id)), most: \(most)")
            let log = try daemon.stop()
            let counts = try #require(log.capture("all"))
            let sealed = log.events("sealed").count
            let ends = log.events("ended").map(\.message)
            print(
                "SOAK \(sent.sent) frames at \(Int(sent.rate))/s, \(sealed) segments; \(ends)"
            )
            #expect(counts.matched + log.ringDropped == Int(sent.sent) && log.isBalanced)
            // 1 MiB of tolerance, because the C library's heap grows slightly.
            #expect(most.memory <= first.memory + 1024 && most.threads == first.threads)
            // The open segment has two descriptors and its directory one; retention opens the directory for a moment.
            #expect(most.files <= first.files + 4)
            let segments = try Segments(in: home)
            #expect(segments.names.count <= 50)
            let found = try FrameCheck(frames, in: segments.paths)
            #expect(found.mistakes.isEmpty && found.gaps <= log.ringDropped && found.last == sent.sent - 1)
        }
    }
}
