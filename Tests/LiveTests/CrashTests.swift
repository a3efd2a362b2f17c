import Foundation
import Testing
import Traffic

extension Live {
    /// kill -9: the next start makes whole what was left open.
    @Suite struct Crash {
        private static let frames = FrameSequence([.udp, .tcp])
        private static let configuration = "captures: { all: { interface: hfk1, rotate: { size: 64MiB } } }"

        @Test("What was being written is repaired at the next start and ends with a whole packet", arguments: 1...3)
        func killed(round: Int) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let daemon = try Daemon.capturing(Crash.configuration, in: folder.path)
            let traffic = try Generator(Crash.frames, on: link.near, rate: 150_000).start(0..<1_000_000)
            let part = folder.path + "/all"
            try eventually("an open segment with something in it") {
                let segments = try Segments(in: part)
                return try segments.partPaths.contains { try Live.size(of: $0) > 4 << 20 }
            }
            daemon.send(SIGKILL)
            #expect(try daemon.exitCode() == -SIGKILL)
            _ = try traffic.stop()
            let left = try Segments(in: part)
            #expect(left.parts.count == 1)

            let log = try Daemon.capturing(Crash.configuration, in: folder.path).stop()
            let segments = try Segments(in: part)
            #expect(segments.parts.isEmpty)
            #expect(segments.names == left.names + left.parts.map { String($0.dropLast(".part".count)) })
            #expect(log.lines(containing: "repaired ").count == 1, "the log:\n\(log.text)")
            let found = try FrameCheck(Crash.frames, in: segments.paths)
            print("CRASH round \(round): \(found.count) packets in \(segments.names.count) segments")
            #expect(found.isPrefix && found.count > 0, "\(found.mistakes)")
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == found.count)
        }

        @Test("The open segment of a daemon that runs is left alone by another one that starts")
        func secondDaemon() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let first = try Daemon.capturing(Crash.configuration, in: folder.path)
            try Generator(Crash.frames, on: link.near, rate: nil).send(0..<100)
            try eventually("an open segment") { try Segments(in: folder.path + "/all").parts.count == 1 }
            let log = try Daemon.capturing(Crash.configuration, in: folder.path).stop()
            #expect(log.lines(containing: "repaired ").isEmpty)
            try Generator(Crash.frames, on: link.near, rate: nil).send(100..<200)
            try first.stop()
            #expect(try FrameCheck(Crash.frames, in: Segments(in: folder.path + "/all").paths).count == 200)
        }
    }

    /// Bytes of a file.
    private static func size(of path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }
}
