import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Disks that fail, and directories that disappear: the capture counts its losses and resumes by itself.
    @Suite struct DiskErrors {
        private static let frames = FrameSequence(sizes: 64...1500)
        private static let configuration = """
            free-space: 0
            buffers: { size: 512KiB }
            captures: { all: { interface: hfe1, rotate: { size: 2MiB }, flush: 200ms, sync: hold } }
            """

        @Test(
            "A temporary disk error suspends the capture, is counted, and leaves only valid files",
            .enabled(if: Requirement.strace),
            arguments: zip(
                ["pwrite64", "pwrite64", "pwrite64", "fdatasync", "fsync", "ftruncate", "renameat2", "fallocate"],
                ["EDQUOT", "EROFS", "EIO", "EIO", "EIO", "EIO", "EIO", "EIO"]))
        func injected(call: String, error: String) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            // From the fifth call of each thread, three calls fail.
            let daemon = try Daemon(
                DiskErrors.configuration, in: folder.path,
                wrapper: [
                    "strace", "-qq", "--seccomp-bpf", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                    "inject=\(call):error=\(error):when=5..7",
                ])
            try daemon.wait(event: "started")
            let traffic = try Generator(DiskErrors.frames, on: link.near, rate: 5000).start(0..<200_000)
            try daemon.wait(event: "suspended", capture: "all")
            try daemon.wait(event: "resumed", capture: "all")
            #expect(staysTrue(for: 1) { daemon.isRunning })
            let sent = try traffic.stop().sent
            daemon.sendThroughWrapper(SIGTERM)
            #expect(try daemon.exitCode() == 0)
            let log = daemon.log
            let counts = try #require(log.capture("all"))
            let injection = "\(error) of \(call)"
            print("DISK ERROR \(injection): sent=\(sent) written=\(counts.written) disk_dropped=\(counts.diskDropped)")
            #expect(log.isBalanced && counts.matched + log.ringDropped == Int(sent) && counts.diskDropped > 0)
            let words = [
                "EIO": "Input/output error", "EDQUOT": "Disk quota exceeded", "EROFS": "Read-only file system",
            ]
            #expect(log.events("suspended", capture: "all").map { $0["cause"] } == [words[error]])
            let segments = try Segments(in: folder.path + "/all")
            #expect(segments.parts.isEmpty)
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == counts.written)
            try Inspection.tcpdump(segments.paths)
            let found = try FrameCheck(DiskErrors.frames, in: segments.paths)
            #expect(found.mistakes.isEmpty && found.last == sent - 1)
        }

        @Test("A capture survives the removal of its directory while it writes")
        func vanished() throws {
            let folder = try TemporaryFolder()
            let home = folder.path + "/all"
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing(
                "free-space: 0\ncaptures: { all: { interface: hfe1, flush: 200ms } }", in: folder.path)
            let traffic = try Generator(DiskErrors.frames, on: link.near, rate: 2000).start(0..<100_000)
            try eventually("an open segment") { try Segments(in: home).parts.count == 1 }
            #expect(staysTrue(for: 0.5) { daemon.isRunning })
            try FileManager.default.removeItem(atPath: home)
            let suspended = try daemon.wait(event: "suspended", capture: "all")
            #expect(suspended["cause"] == "No such file or directory")
            try daemon.wait(event: "resumed", capture: "all")
            #expect(staysTrue(for: 0.5) { daemon.isRunning })
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            let counts = try #require(log.capture("all"))
            let removed = log.events("removed", capture: "all", interface: "hfe1").map { $0.number("packets") }
            #expect(removed.count == 1 && counts.diskDropped > 0 && counts.matched == Int(sent))
            let segments = try Segments(in: home)
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == counts.written - removed.reduce(0, +))
            #expect(try FrameCheck(DiskErrors.frames, in: segments.paths).last == sent - 1)
        }

        @Test(
            "A file-size limit of the system begins a new segment at once",
            .enabled(if: Requirement.prlimit))
        func fileTooLarge() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures: { all: { interface: hfe1, flush: 100ms } }
                """, in: folder.path, wrapper: ["prlimit", "--fsize=2000000"])
            try daemon.wait(event: "started")
            try Generator(DiskErrors.frames, on: link.near, rate: 5000).send(0..<12_000)
            let log = try daemon.stop()
            let counts = try #require(log.capture("all"))
            let segments = try Segments(in: folder.path + "/all")
            #expect(counts.matched == 12_000 && counts.diskDropped > 0 && segments.names.count > 2)
            #expect(segments.parts.isEmpty && segments.sizes.allSatisfy { $0 <= 2_000_000 })
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == counts.written)
            #expect(try FrameCheck(DiskErrors.frames, in: segments.paths).mistakes.isEmpty)
        }

        @Test("A symbolic link in place of a capture's directory is not followed")
        func link() throws {
            let folder = try TemporaryFolder()
            try FileManager.default.createDirectory(
                atPath: folder.path + "/elsewhere", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/all", withDestinationPath: folder.path + "/elsewhere")
            let daemon = try Daemon("captures: { all: { interface: lo } }", in: folder.path)
            #expect(try daemon.exitCode() == 78)
            #expect(daemon.log.lines(containing: "does not follow symbolic links").count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/elsewhere").isEmpty)
        }

        @Test(
            "A disk that stalls for two seconds loses nothing with buffers of the right size",
            .enabled(if: Requirement.freezing))
        func frozen() throws {
            let frames = FrameSequence(sizes: 1500...1500)
            // 100 MB/s under `make soak`; otherwise a rate that a busy machine can sustain.
            let rate = Requirement.soakSeconds > 0 ? 66_667.0 : 20_000
            let count = UInt64(rate * 4.5)
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/disk", size: "900M")
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 4MiB, count: 64 }
                captures: { all: { interface: hfe1, directory: \(disk.path)/all } }
                """, in: folder.path)
            let traffic = try Generator(frames, on: link.near, rate: rate).start(0..<count)
            #expect(staysTrue(for: 1) { daemon.isRunning })
            try disk.freeze()
            #expect(staysTrue(for: 2) { daemon.isRunning })
            try disk.thaw()
            #expect(try traffic.finish().sent == count)
            let log = try daemon.stop()
            #expect(log.losses == 0, "\(log.text)")
            let segments = try Segments(in: disk.path + "/all")
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == count)
        }

        @Test(
            "A disk that stalls for longer loses packets in the ring, counted, and none after the thaw",
            .enabled(if: Requirement.freezing))
        func frozenForLong() throws {
            let frames = FrameSequence(sizes: 1500...1500)
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/disk", size: "400M")
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                ring: { size: 16MiB }
                captures: { all: { interface: hfe1, directory: \(disk.path)/all } }
                """, in: folder.path)
            let generator = Generator(frames, on: link.near, rate: 20_000)
            try generator.send(0..<10_000)
            try disk.freeze()
            try generator.send(10_000..<70_000)
            try disk.thaw()
            try eventually("what waited to be written") { try Segments(in: disk.path + "/all").parts.count == 1 }
            #expect(staysTrue(for: 1.5) { daemon.isRunning })
            try generator.send(70_000..<80_000)
            let log = try daemon.stop()
            let counts = try #require(log.capture("all"))
            print("FROZEN for 3 s: written=\(counts.written) ring_dropped=\(log.ringDropped)")
            #expect(log.ringDropped > 0 && counts.written + log.ringDropped == 80_000 && counts.losses == 0)
            let found = try FrameCheck(frames, in: try Segments(in: disk.path + "/all").paths)
            #expect(found.mistakes.isEmpty && found.count == counts.written && found.last == 79_999)
            // The lost packets are consecutive, before the thaw.
            #expect(found.gaps == log.ringDropped && found.lastGapEnd <= 70_000)
        }
    }
}
