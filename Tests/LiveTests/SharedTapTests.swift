import Testing
import Traffic

extension Live {
    /// One tap that serves several captures.
    @Suite struct SharedTap {
        private static let frames = FrameSequence()

        @Test("Captures that ask the same of the kernel share a tap, and each cuts to its own length")
        func sharing() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            let daemon = try Daemon.capturing(
                """
                filters: { udp: udp, same: udp }
                captures:
                  long: { interface: hft1, filter: udp }
                  short: { interface: hft1, filter: same, snap-length: 96 }
                """, in: folder.path)
            #expect(try taps(on: link.far).count == 1)
            try Generator(SharedTap.frames, on: link.near, rate: 20_000).send(0..<2000)
            let log = try daemon.stop()
            #expect(log.taps.count == 1 && log.losses == 0)
            let long = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/long").paths)
            #expect(long.isPrefix && long.count == 2000)
            let short = try Segments(in: folder.path + "/short").packets()
            let frames = (0..<2000).map { SharedTap.frames.frame($0) }
            let isCut = short.map(\.bytes) == frames.map { Array($0.prefix(96)) }
            #expect(isCut && short.map(\.wireLength) == frames.map(\.count))
            #expect(log.capture("short")?.truncated == frames.count { $0.count > 96 })
            #expect(log.capture("long")?.truncated == 0)
        }

        @Test("A capture that cannot keep up loses packets, counted; the other on its tap loses none")
        func slowNeighbour() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            let daemon = try Daemon.capturing(
                """
                captures:
                  slow: { interface: hft1, rotate: { packets: 20 }, sync: hold }
                  fast: { interface: hft1, sync: none }
                """, in: folder.path)
            #expect(try taps(on: link.far).count == 1)
            let sent = try Generator(SharedTap.frames, on: link.near, rate: 20_000).send(0..<20_000).sent
            let log = try daemon.stop()
            let slow = try #require(log.capture("slow"))
            print("SHARED slow capture: \(slow.written) written, \(slow.holdDropped) dropped")
            #expect(slow.matched == Int(sent) - log.ringDropped && slow.diskDropped == 0)
            let kept = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/slow").paths)
            #expect(kept.mistakes.isEmpty && kept.count == slow.written)
            let fast = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/fast").paths)
            #expect(fast.isPrefix && fast.count == sent, "\(fast.count)")
        }
    }
}
