import Foundation
import Testing
import Traffic

extension Live {
    /// A full disk costs packets, each of them counted, and nothing else.
    @Suite(.enabled(if: Requirement.mount)) struct DiskFull {
        @Test("A capture is suspended on a full disk, counts what it loses, and resumes by itself")
        func suspension() throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/all", size: "3m")
            let link = try VethPair("hff0", "hff1")
            let frames = FrameSequence()
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures: { all: { interface: hff1, rotate: { size: 1MiB }, flush: 200ms } }
                """, in: folder.path)

            var sent: UInt64 = 0
            func send(_ count: UInt64, rate: Double) throws {
                try Generator(frames, on: link.near, rate: rate).send(sent..<sent + count)
                sent += count
            }
            try send(6000, rate: 20_000)
            try daemon.wait(for: "all on hff1 is suspended")
            // Nothing is left for the retries: it stays suspended, without another word.
            let ballast = try fill(disk.path)
            try send(3000, rate: 1000)
            #expect(Set(try Segments(in: disk.path).parts).isEmpty)
            #expect(daemon.isRunning)

            try FileManager.default.removeItem(atPath: ballast)
            let removed = try Segments(in: disk.path).paths
            let inRemoved = try Inspection.packetCounts(removed).reduce(0, +)
            for path in removed { try FileManager.default.removeItem(atPath: path) }
            try eventually("it to resume") {
                try send(20, rate: 200)
                return daemon.log.lines(containing: "all on hff1 resumes").count
                    == daemon.log.lines(containing: "all on hff1 is suspended").count
            }
            try send(100, rate: 1000)
            let log = try daemon.stop()

            let counts = try #require(log.capture("all"))
            let lost = log.lines(containing: "all on hff1 resumes").compactMap { line in
                line.split(separator: "disk_dropped=").last?.split(separator: " ").first.flatMap { Int($0) }
            }
            print("DISK FULL sent=\(sent) written=\(counts.written) disk_dropped=\(counts.diskDropped), lost \(lost)")
            #expect(counts.diskDropped > 0 && lost.reduce(0, +) == counts.diskDropped)
            #expect(log.lines(containing: "is suspended").count == lost.count)
            #expect(log.lines(containing: "No space left on device").count == lost.count)
            #expect(counts.matched + log.ringDropped == Int(sent))
            let segments = try Segments(in: disk.path)
            #expect(try Inspection.packetCounts(segments.paths).reduce(inRemoved, +) == counts.written)
            let found = try FrameCheck(frames, in: segments.paths)
            #expect(found.mistakes.isEmpty && found.last == sent - 1)
        }

        /// Takes all the space that is left; returns the file that did.
        private func fill(_ folder: String) throws -> String {
            let path = folder + "/ballast"
            let result = try Command.run("dd", ["if=/dev/zero", "of=\(path)", "bs=4k", "count=1024"])
            #expect(result.errors.contains("No space left"), "\(result.errors)")
            return path
        }
    }
}
