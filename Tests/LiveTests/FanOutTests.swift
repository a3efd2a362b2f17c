import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Several sockets and threads for one interface.
    @Suite struct FanOut {
        private static let frames = FrameSequence([.udp, .tcp], ports: [1000, 2000, 3000])
        private static let workers = 3

        private static func configuration(second port: UInt16) -> String {
            """
            ring: { workers: \(workers), size: 16MiB }
            filters: { first: port 1000, second: port \(port) }
            captures:
              one: { interface: hfw1, filter: first, rotate: { packets: 1000 } }
              two: { interface: hfw1, filter: second }
            """
        }

        @Test("Each worker gets its flows, filtered; all segments together have every frame once, and merge by time")
        func workers() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfw0", "hfw1")
            let daemon = try Daemon.capturing(FanOut.configuration(second: 2000), in: folder.path)
            #expect(try taps(on: link.far).count == FanOut.workers)
            let generator = Generator(FanOut.frames, on: link.near, rate: 50_000)
            try generator.send(0..<30_000)
            // A change reaches every member of the group and moves no flow to another member.
            try daemon.reload(FanOut.configuration(second: 3000))
            try generator.send(30_000..<60_000)
            let log = try daemon.stop()

            #expect(log.losses == 0 && log.taps.count == FanOut.workers)
            #expect(log.taps.allSatisfy { $0.drained > 1000 }, "\(log.taps.map(\.drained))")
            // Packets that no filter accepts reached no ring.
            #expect(log.taps.map(\.received).reduce(0, +) == 40_000)
            let one = try Segments(in: folder.path + "/one").paths
            let two = try Segments(in: folder.path + "/two").paths
            // Each segment has a thousand packets, except the last one of each worker.
            #expect((20...22).contains(one.count) && two.count == FanOut.workers)
            try FanOut.check(one, in: folder.path, is: (0..<60_000).filter { $0 % 3 == 0 })
            try FanOut.check(two, in: folder.path, is: (0..<60_000).filter { $0 % 3 == ($0 < 30_000 ? 1 : 2) })
        }

        @Test("Threads run on the configured processors", .enabled(if: Requirement.processors))
        func processors() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfw0", "hfw1")
            let (first, last) = (0, ProcessInfo.processInfo.processorCount - 1)
            let daemon = try Daemon.capturing(
                """
                ring: { workers: 2, size: 16MiB }
                cpus: { drain: [\(first), \(last)], writer: [\(last)] }
                captures: { one: { interface: hfw1 } }
                """, in: folder.path)
            let threads = try FanOut.threads(of: daemon.id)
            #expect(threads["drain \(link.far)"]?.sorted() == ["\(first)", "\(last)"])
            #expect(threads["write one"] == ["\(last)", "\(last)"])
            // No other thread is pinned.
            #expect(threads["holdfastd"]?.allSatisfy { $0 != "\(first)" && $0 != "\(last)" } == true)
            try daemon.stop()
        }

        /// The processors on which the threads of a process can run, by thread name. See proc(5), Cpus_allowed_list.
        private static func threads(of process: Int32) throws -> [String: [String]] {
            let tasks = "/proc/\(process)/task"
            let all = try FileManager.default.contentsOfDirectory(atPath: tasks).map { thread in
                let lines = try String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8).split(
                    separator: "\n")
                func value(_ key: String) -> String {
                    lines.first { $0.hasPrefix(key + ":\t") }.map { String($0.dropFirst(key.count + 2)) } ?? "?"
                }
                return (value("Name"), value("Cpus_allowed_list"))
            }
            return Dictionary(all.map { ($0.0, [$0.1]) }) { $0 + $1 }
        }

        /// Merges the segments by time with mergecap(1), and compares the result with the sent frames.
        private static func check(_ segments: [String], in folder: String, is indices: [UInt64]) throws {
            let merged = folder + "/merged.pcap"
            try Command.check("mergecap", ["-F", "nsecpcap", "-w", merged] + segments)
            let found = try Savefile(merged).packets
            let isSame = found.map(\.bytes) == indices.map { frames.frame($0) }
            #expect(isSame && !found.isEmpty, "\(found.count) packets of \(indices.count)")
        }
    }
}
