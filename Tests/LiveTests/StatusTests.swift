import Control
import Counters
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The status of a running daemon.
    @Suite struct StatusTests {
        private static let frames = FrameSequence([.udp, .tcp])

        @Test("The status agrees with capinfos for each capture, and the identities hold")
        func counts() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfq0", "hfq1")
            let daemon = try Daemon.capturing(
                """
                filters: { udp: udp }
                captures:
                  all: { interface: hfq1, rotate: { packets: 1000 }, flush: 50ms }
                  udp: { interface: "hfq*", filter: udp, flush: 50ms, snap-length: 100 }
                """, in: folder.path)
            try Generator(StatusTests.frames, on: link.near, rate: 20_000).send(0..<4321)
            let status = try await daemon.quietStatus(after: 4321)
            let tap = try #require(status.interfaces.first { $0.interface == "hfq1" })
            #expect(tap.taps.map(\.captures) == [["all", "udp"]])
            #expect(tap[.received] == tap[.drained] + tap[.ringDropped] && tap[.received] == 4321)
            for capture in status.captures {
                let one = try #require(capture.interfaces.first { $0.interface == "hfq1" })
                #expect(one[.matched] == one[.written] + one[.holdDropped] + one[.diskDropped])
                let segments = try Segments(in: folder.path + "/" + capture.name, of: "hfq1")
                let packets = try Inspection.packetCounts(segments.paths + segments.partPaths).reduce(0, +)
                #expect(one[.written] == packets, "capture \(capture.name)")
            }
            try daemon.stop()
            #expect(!FileManager.default.fileExists(atPath: Daemon.socket(in: folder.path)))
        }
    }
}
