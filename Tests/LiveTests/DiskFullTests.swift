import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A full disk loses counted packets and has no other effect.
    @Suite(.enabled(if: Requirement.mount)) struct DiskFull {
        private static let frames = FrameSequence(sizes: 64...1500)

        @Test(
            "A full disk suspends the capture, which counts its losses and resumes by itself",
            arguments: ["tmpfs", "ext4", "xfs"])
        func suspension(type: String) throws {
            let folder = try TemporaryFolder()
            let home = folder.path + "/all"
            guard type == "tmpfs" || Requirement.freezing else { return }
            guard type != "xfs" || Requirement.xfs else { return }
            let memory = type == "tmpfs" ? try Tmpfs(home, size: "24m") : nil
            // The minimum size of an xfs file system is 300 MB.
            let disk = type == "tmpfs" ? nil : try LoopDisk(home, size: type == "xfs" ? "300M" : "24M", type: type)
            let link = try VethPair("hff0", "hff1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures: { all: { interface: hff1, rotate: { size: 1MiB }, flush: 200ms } }
                """, in: folder.path)
            let traffic = try Generator(DiskFull.frames, on: link.near, rate: 5000).start(0..<600_000)
            var waits: [Double] = []
            for round in 1...3 {
                let ballast = try fill(home)
                try daemon.wait(event: "suspended", capture: "all", times: round)
                // Retries find no free space, so the capture stays suspended without another log line.
                let isQuiet = staysTrue(for: 1.2) {
                    daemon.isRunning && daemon.log.events("resumed", capture: "all").count == round - 1
                }
                #expect(isQuiet)
                try eventually("no half-written file") {
                    let parts = try Segments(in: home).partPaths
                    // On a full xfs, a name that makes the directory outgrow its inode finds no space either (mv
                    // fails, too). The last segment then keeps its name, but it is valid.
                    return parts.isEmpty || (type == "xfs" && (try? Inspection.packetCounts(parts)) != nil)
                }
                try FileManager.default.removeItem(atPath: ballast)
                let freed = Date()
                try daemon.wait(event: "resumed", capture: "all", times: round)
                waits.append(Date().timeIntervalSince(freed))
                #expect(staysTrue(for: 0.5) { daemon.isRunning })
            }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            print("DISK FULL \(type): resumed after \(waits.map { String(format: "%.2f", $0) }) s")
            try check(log, sent, home)
            withExtendedLifetime((memory != nil, disk != nil)) {}
        }

        @Test("On a quiet link, the packet that ends a suspension is in a sealed segment")
        func quietLink() throws {
            let folder = try TemporaryFolder()
            let home = folder.path + "/all"
            let disk = try Tmpfs(home, size: "8m")
            let link = try VethPair("hff0", "hff1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures: { all: { interface: hff1, flush: 50ms } }
                """, in: folder.path)
            let generator = Generator(DiskFull.frames, on: link.near, rate: nil)
            try generator.send(0..<10)
            try eventually("an open segment") { try Segments(in: disk.path).bytes > 0 }
            let ballast = try fill(home)
            try generator.send(10..<6000)
            try daemon.wait(event: "suspended", capture: "all")
            try FileManager.default.removeItem(atPath: ballast)
            // One packet for each retry, and none after the packet that ends the suspension.
            var sent: UInt64 = 6000
            try eventually("the end of the suspension") {
                if !daemon.log.events("resumed", capture: "all").isEmpty { return true }
                try generator.send(sent..<sent + 1)
                sent += 1
                return !staysTrue(for: 0.7) { daemon.log.events("resumed", capture: "all").isEmpty }
            }
            let log = try daemon.stop()
            let segments = try Segments(in: home)
            #expect(segments.parts.isEmpty, "\(log.text)")
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == log.capture("all")?.written)
            #expect(try FrameCheck(DiskFull.frames, in: segments.paths).last == sent - 1)
        }

        /// Expects that the log agrees with itself, with the sent frames, and with the files.
        private func check(_ log: DaemonLog, _ sent: UInt64, _ home: String) throws {
            let counts = try #require(log.capture("all"))
            let lost = log.events("resumed", capture: "all").map { $0.number("disk_dropped") }
            print("DISK FULL sent=\(sent) written=\(counts.written) disk_dropped=\(counts.diskDropped), lost \(lost)")
            #expect(counts.diskDropped > 0 && lost.reduce(0, +) == counts.diskDropped)
            let causes = log.events("suspended", capture: "all").map { $0["cause"] }
            #expect(causes.count == lost.count && causes.allSatisfy { $0 == "No space left on device" }, "\(causes)")
            #expect(counts.matched + log.ringDropped == Int(sent))
            let segments = try Segments(in: home)
            #expect(try Inspection.packetCounts(segments.paths).reduce(0, +) == counts.written)
            try Inspection.tcpdump(segments.paths)
            let found = try FrameCheck(DiskFull.frames, in: segments.paths)
            #expect(found.mistakes.isEmpty && found.last == sent - 1)
        }

        /// Fills the disk. Returns the path of the file.
        private func fill(_ folder: String) throws -> String {
            let path = folder + "/ballast"
            // Large pieces fill the disk before the capture writes more; small pieces use the rest.
            for unit in ["bs=1M", "bs=4k"] {
                let result = try Command.run(
                    "dd", ["if=/dev/zero", "of=\(path)", unit, "oflag=append", "conv=notrunc"])
                #expect(result.errors.contains("No space left"), "\(result.errors)")
            }
            return path
        }

        @Test("The free-space reserve stays free: the oldest segments expire, of captures with a retention limit")
        func reserve() throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/disk", size: "16m")
            let link = try VethPair("hff0", "hff1")
            let daemon = try Daemon.capturing(
                """
                free-space: 6MiB
                buffers: { size: 512KiB }
                captures:
                  go: { interface: hff1, directory: \(disk.path)/go, rotate: { size: 1MiB }, keep: { age: 1h } }
                  stay: { interface: hff1, filter: small, directory: \(disk.path)/stay, rotate: { size: 1MiB } }
                filters: { small: less 128 }
                """, in: folder.path)
            let traffic = try Generator(DiskFull.frames, on: link.near, rate: 10_000).start(0..<60_000)
            var least = Int.max
            try eventually("the packets to be written", within: 40) {
                least = min(least, try free(disk.path))
                return daemon.log.events("sealed").count >= 40
            }
            _ = try traffic.finish()
            let log = try daemon.stop()
            least = min(least, try free(disk.path))
            print("RESERVE 6 MiB of 16: at least \(least) bytes were free")
            #expect(least >= 6 << 20)
            let go = try #require(log.capture("go"))
            let stay = try #require(log.capture("stay"))
            #expect(go.diskDropped == 0 && stay.diskDropped == 0)
            // Segments that can expire have expired; all others are complete.
            let left = try Inspection.packetCounts(Segments(in: disk.path + "/go").paths).reduce(0, +)
            #expect(left > 0 && left < go.written)
            #expect(
                try Inspection.packetCounts(Segments(in: disk.path + "/stay").paths).reduce(0, +) == stay.written)
        }

        @Test(
            "Captures that grow at the same time respect the free-space reserve of a file system without its own",
            .enabled(if: Requirement.freezing))
        func reserveUnreserved() throws {
            let folder = try TemporaryFolder()
            let disk = try LoopDisk(folder.path + "/disk", size: "64M", type: "ext2")
            let link = try VethPair("hff0", "hff1")
            let names = (1...6).map { "c\($0)" }
            let daemon = try Daemon.capturing(
                """
                free-space: 24MiB
                buffers: { size: 512KiB }
                captures:
                \(names.map { "  \($0): { interface: hff1, directory: \(disk.path)/\($0) }" }.joined(separator: "\n"))
                """, in: folder.path)
            try Generator(DiskFull.frames, on: link.near, rate: 10_000).send(0..<12_000)
            for name in names { try daemon.wait(event: "suspended", capture: name) }
            let log = try daemon.stop()
            let left = try free(disk.path)
            print("RESERVE 24 MiB where nothing is reserved: \(left) bytes are free")
            // Each capture can have checked the free space before the others wrote a buffer.
            #expect(left >= 24 << 20 - names.count * 512 << 10)
            for name in names { #expect(try #require(log.capture(name)).diskDropped > 0) }
        }

        @Test("A capture whose segments never expire is suspended before it uses the free-space reserve")
        func reserveRefused() throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/disk", size: "16m")
            let link = try VethPair("hff0", "hff1")
            let daemon = try Daemon.capturing(
                """
                free-space: 6MiB
                buffers: { size: 512KiB }
                captures: { all: { interface: hff1, directory: \(disk.path)/all, rotate: { size: 1MiB } } }
                """, in: folder.path)
            try Generator(DiskFull.frames, on: link.near, rate: 20_000).send(0..<30_000)
            try daemon.wait(event: "suspended", capture: "all")
            let log = try daemon.stop()
            let counts = try #require(log.capture("all"))
            #expect(try free(disk.path) >= 6 << 20)
            #expect(log.lines(containing: "'free-space' reserves 6291456").count == 1)
            #expect(counts.matched == 30_000 && counts.diskDropped > 0)
            #expect(try Inspection.packetCounts(Segments(in: disk.path + "/all").paths).reduce(0, +) == counts.written)
        }

        @Test("The status reports the free space as df does, and the free-space reserve")
        func told() async throws {
            let folder = try TemporaryFolder()
            let disk = try Tmpfs(folder.path + "/disk", size: "16m")
            let daemon = try Daemon.capturing(
                "free-space: 6MiB\ncaptures: { all: { interface: hfnone, directory: \(disk.path)/all } }",
                in: folder.path)
            var storage = try await daemon.client.status().captures[0].storage
            #expect(storage.freeBytes == Int64(try free(disk.path)) && storage.reserveBytes == 6 << 20)
            try FileManager.default.removeItem(atPath: disk.path + "/all")
            storage = try await daemon.client.status().captures[0].storage
            #expect(storage.freeBytes == nil)
            // Nothing was captured, so there are no counters to balance.
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        /// Free bytes of a directory's file system, by df(1).
        private func free(_ folder: String) throws -> Int {
            let lines = try Command.check("df", ["--output=avail", "-B1", folder]).split(separator: "\n")
            return Int(lines[1].trimmingCharacters(in: .whitespaces)) ?? -1
        }
    }
}
