import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A million packets at a rate that the machine can sustain: each is in the files once, in order, byte for byte.
    @Suite struct Million {
        private static let count: UInt64 = 500_000  // on each of two links
        private static let rate = 100_000.0

        private static let configuration = """
            filters: { udp: udp, tcp: tcp }
            captures:
              a: { interface: hfa1, filter: udp, rotate: { size: 4MiB } }
              b: { interface: hfa1, filter: tcp, rotate: { size: 4MiB, packets: 3000 } }
              c: { interface: hfc1, rotate: { size: 4MiB } }
            """

        @Test("A million packets are in the files, each exactly once")
        func million() throws {
            let folder = try TemporaryFolder()
            let left = try VethPair("hfa0", "hfa1")
            let right = try VethPair("hfc0", "hfc1")
            let frames = FrameSequence([.udp, .tcp])
            let daemon = try Daemon.capturing(Million.configuration, in: folder.path)

            let first = try Generator(frames, on: left.near, rate: Million.rate).start(0..<Million.count)
            let second = try Generator(frames, on: right.near, rate: Million.rate).start(0..<Million.count)
            let sent = (try first.finish(), try second.finish())
            let log = try daemon.stop()

            print("MILLION sent: \(sent.0.sent) + \(sent.1.sent) at \(Int(sent.0.rate + sent.1.rate)) packets/s")
            for entry in log.events("ended") { print("MILLION \(entry.message)") }
            #expect(log.losses == 0)
            let udp = (0..<Million.count).count { frames.transport(of: $0) == .udp }
            try check(log, "a", udp, frames, folder.path)
            try check(log, "b", Int(Million.count) - udp, frames, folder.path)
            try check(log, "c", Int(Million.count), frames, folder.path)
        }

        /// Expects that the files and counters of one capture agree with each other and with the sent frames, with or
        /// without losses.
        private func check(
            _ log: DaemonLog, _ name: String, _ sent: Int, _ frames: FrameSequence, _ folder: String
        ) throws {
            let start = Date()
            let segments = try Segments(in: folder + "/" + name)
            let counts = try #require(log.capture(name))
            let found = try FrameCheck(frames, in: segments.paths)
            let compared = Date()
            #expect(found.mistakes.isEmpty, "capture \(name)")
            #expect(found.count == counts.written)
            #expect(segments.parts.isEmpty)
            if log.ringDropped == 0 { #expect(counts.matched == sent) }
            #expect(counts.matched <= sent && counts.matched >= sent - log.ringDropped)
            if log.losses == 0 { #expect(found.count == sent) }

            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == counts.written)
            try Inspection.tcpdump(segments.paths)
            let listed = Date()
            // tshark spends most of its time on its start, so it reads every fifth file, the first and the last.
            let sample = segments.paths.enumerated().filter {
                $0.offset % 5 == 0 || $0.offset == segments.names.count - 1
            }
            for (_, path) in sample { try Inspection.tshark(path) }
            print(
                "MILLION capture \(name): \(segments.names.count) segments, all compared in "
                    + "\(seconds(start, compared)), read by capinfos and tcpdump in \(seconds(compared, listed)), "
                    + "\(sample.count) dissected by tshark in \(seconds(listed, Date()))")
        }

        private func seconds(_ start: Date, _ end: Date) -> String {
            String(format: "%.1f s", end.timeIntervalSince(start))
        }
    }
}
