import Foundation
import Glibc
import TestSupport
import Testing
import Traffic

extension Live {
    /// The machine's clock is set while packets arrive.
    ///
    /// All processes share the clock, so only `make clock` runs this suite. The suite corrects the clock at the end.
    @Suite(.enabled(if: Requirement.clock)) struct ClockSteps {
        @Test("Each clock step of an hour adds one segment, and every packet is in a segment with a unique name")
        func steps() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfz0", "hfz1")
            let frames = FrameSequence(sizes: 64...256)
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfz1, flush: 100ms, rotate: { every: 1h } } }", in: folder.path)
            let traffic = try Generator(frames, on: link.near, rate: 2000).start(0..<1_000_000)
            #expect(staysTrue(for: 1) { daemon.isRunning })
            var shift = 0
            defer { ClockSteps.step(by: -shift) }
            for hours in [1, -1, -1, 1] {
                ClockSteps.step(by: hours * 3600)
                shift += hours * 3600
                #expect(staysTrue(for: 2.5) { daemon.isRunning })
            }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            let segments = try Segments(in: folder.path + "/all")
            let counts = try #require(log.capture("all"))
            print("CLOCK four steps of an hour: \(segments.names)")
            #expect(counts.written == Int(sent) && log.losses == 0)
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == Int(sent))
            // The hour can also have ended by itself, which adds one segment.
            #expect((5...6).contains(segments.names.count) && segments.parts.isEmpty)
            try Inspection.tcpdump(segments.paths)
        }

        /// Sets the clock forwards by a number of seconds. See clock_settime(2).
        private static func step(by seconds: Int) {
            var time = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &time)
            time.tv_sec += seconds
            if unsafe clock_settime(CLOCK_REALTIME, &time) != 0 { Issue.record("cannot set the clock") }
        }
    }
}
