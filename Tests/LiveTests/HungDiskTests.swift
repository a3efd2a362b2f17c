import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// File systems that do not answer and that no capture writes to: everything else continues.
    @Suite(.enabled(if: Requirement.freezing), .enabled(if: Requirement.fuse)) struct HungDisk {
        private static let frames = FrameSequence()
        private static let first = "first: { interface: hfh1, flush: 200ms, rotate: { packets: 100 } }"

        /// The file system that does not answer, and to which calls.
        enum Hang: String, CaseIterable, CustomTestStringConvertible {
            /// A frozen file system answers all calls except changes; a silent one answers no call.
            case frozen, silent

            var testDescription: String { rawValue }
        }

        /// Requests the status repeatedly and expects an answer each time.
        private func answers(_ daemon: Daemon, times: Int = 3) async throws {
            for _ in 0..<times { #expect(try await daemon.client.status().process == daemon.id) }
        }

        /// Whether the files of `first` contain exactly the sent frames.
        private func isComplete(_ sent: UInt64, in folder: String) throws -> Bool {
            let found = try FrameCheck(HungDisk.frames, in: Segments(in: folder + "/first").paths)
            return found.isPrefix && found.count == sent
        }

        @Test(
            "A reload with a directory that does not answer is refused with its path, and nothing else is affected",
            arguments: Hang.allCases)
        func reload(hang: Hang) async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            var disk = try LoopDisk(folder.path + "/frozen", size: "32M")
            let silent = try SilentFileSystem(folder.path + "/silent")
            let directory = "\(folder.path)/\(hang)/second"
            let daemon = try Daemon.capturing("captures: { \(HungDisk.first) }", in: folder.path)
            try disk.freeze()
            let traffic = try Generator(HungDisk.frames, on: link.near, rate: 2000).start(0..<1_000_000)
            try daemon.configure(
                "captures:\n  \(HungDisk.first)\n  second: { interface: hfh1, directory: \(directory) }")
            let output = folder.path + "/reload"
            // A dry run creates no directory, so only a file system that answers nothing stops it.
            for options in hang == .silent ? [["--dry-run"], []] : [[]] {
                let reload = try ChildProcess(
                    Daemon.binaries + "/holdfast", ["reload", "--socket", Daemon.socket(in: folder.path)] + options,
                    output: output + ".out", errors: output + ".err")
                while reload.isRunning { try await answers(daemon, times: 1) }
                let refusal = try String(contentsOfFile: output + ".err", encoding: .utf8)
                #expect(reload.exitCode != 0 && refusal.contains(directory), "\(options): \(refusal)")
            }
            try await answers(daemon)
            let sent = try traffic.stop().sent
            _ = try await daemon.quietStatus(after: sent)
            // The disk still does not answer, but the process has ended.
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.capture("second") == nil)
            #expect(try isComplete(sent, in: folder.path))
            withExtendedLifetime(silent) {}
            try disk.thaw()
        }

        @Test("Expired segments on a frozen disk, of a capture without an interface, delay nothing")
        func age() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            var disk = try LoopDisk(folder.path + "/frozen", size: "32M")
            let time = try Command.check("date", ["-u", "+%Y%m%dT%H%M%S"]).trimmingCharacters(in: .newlines)
            let old = "\(folder.path)/frozen/old/old-gone0-\(time).000000Z.pcap"
            try FileManager.default.createDirectory(
                atPath: folder.path + "/frozen/old", withIntermediateDirectories: true)
            try Data(count: 24).write(to: URL(filePath: old))
            let daemon = try Daemon.capturing(
                """
                captures:
                  \(HungDisk.first)
                  old:
                    { interface: gone0, directory: \(folder.path)/frozen/old, rotate: { every: 1s }, keep: { age: 8s } }
                """, in: folder.path)
            try disk.freeze()
            #expect(FileManager.default.fileExists(atPath: old))
            let traffic = try Generator(HungDisk.frames, on: link.near, rate: 2000).start(0..<1_000_000)
            // Other disks can hold threads for a moment.
            var held = daemon.held
            var looks = 0
            try eventually("a removal that the disk holds", within: 60) {
                held.formIntersection(daemon.held)
                looks += 1
                if held.isEmpty { (held, looks) = (daemon.held, 0) }
                return looks > 50
            }
            try await answers(daemon, times: 10)
            try await eventuallyAsync("a status that names the disk") {
                try await daemon.client.status().stalls.contains { $0.directory == "\(folder.path)/frozen/old" }
            }
            let sent = try traffic.stop().sent
            _ = try await daemon.quietStatus(after: sent)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            #expect(try isComplete(sent, in: folder.path))
            #expect(FileManager.default.fileExists(atPath: old))
            try disk.thaw()
        }

        @Test(
            "A start captures on the disk that answers, and on the other disks once they answer"
        )
        func start() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            var disk = try LoopDisk(folder.path + "/frozen", size: "32M")
            var silent: SilentFileSystem? = try SilentFileSystem(folder.path + "/silent")
            try disk.freeze()
            let daemon = try Daemon(
                """
                free-space: 0
                captures:
                  thaws: { interface: hfh1, flush: 200ms, directory: \(folder.path)/frozen/thaws }
                  returns: { interface: hfh1, directory: \(folder.path)/silent/returns }
                  \(HungDisk.first)
                """, in: folder.path)
            try daemon.wait(event: "started", within: 60)
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(0..<2000)
            _ = try await daemon.quietStatus(after: 2000, within: 30)
            try await answers(daemon)
            try disk.thaw()
            try eventually("the capture whose disk answers again", within: 60) {
                FileManager.default.fileExists(atPath: folder.path + "/frozen/thaws")
            }
            // The calls that wait for it fail now, and the next attempt finds the directory below its mount point.
            silent = nil
            try eventually("the capture whose file system failed first", within: 60) {
                FileManager.default.fileExists(atPath: folder.path + "/silent/returns")
            }
            let log = try daemon.stop()
            #expect(log.losses == 0)
            #expect(try isComplete(2000, in: folder.path))
            withExtendedLifetime(silent) {}
        }

        @Test(
            "After SIGTERM only a writer on a stalled disk remains, until the thaw, and it disturbs no other daemon"
        )
        func writer() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            var disk = try LoopDisk(folder.path + "/frozen", size: "32M")
            let configuration = """
                free-space: 0
                captures:
                  \(HungDisk.first)
                  frozen: { interface: hfh1, flush: 100ms, directory: \(folder.path)/frozen/captures }
                """
            let daemon = try Daemon.capturing(configuration, in: folder.path)
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(0..<100)
            _ = try await daemon.quietStatus(after: 100)
            try disk.freeze()
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(100..<200)
            try eventually("a writer that the disk holds") { !daemon.held.isEmpty }
            daemon.send(SIGTERM)
            try daemon.wait(event: "waiting", within: 40)
            try eventually("the end of the control socket") {
                !FileManager.default.fileExists(atPath: Daemon.socket(in: folder.path))
            }
            #expect(daemon.isRunning)
            #expect(try isComplete(200, in: folder.path))
            try disk.thaw()
            let code = try daemon.exitCode()
            let log = daemon.log
            #expect(code == 0 && log.losses == 0 && log.isBalanced, "\(log.text)")
            let found = try FrameCheck(HungDisk.frames, in: Segments(in: folder.path + "/frozen/captures").paths)
            #expect(found.isPrefix && found.count == 200)
        }

        @Test("After a kill with a writer held by a disk, another daemon starts and captures elsewhere")
        func killed() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            var disk = try LoopDisk(folder.path + "/frozen", size: "32M")
            let frozen = "frozen: { interface: hfh1, flush: 100ms, directory: \(folder.path)/frozen/captures }"
            let daemon = try Daemon.capturing("free-space: 0\ncaptures: { \(frozen) }", in: folder.path)
            try disk.freeze()
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(0..<100)
            try eventually("a writer that the disk holds") { !daemon.held.isEmpty }
            daemon.send(SIGKILL)
            let next = try Daemon("free-space: 0\ncaptures:\n  \(HungDisk.first)\n  \(frozen)", in: folder.path)
            try next.wait(event: "started", within: 60)
            #expect(try await next.client.status().process == next.id)
            try disk.thaw()
            try next.stop()
        }

        @Test("A killed disk helper is replaced by another one inside the sandbox")
        func helper() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            let daemon = try Daemon.capturing("captures: { \(HungDisk.first) }", in: folder.path)
            let before = try #require(daemon.helpers.first)
            kill(before, SIGKILL)
            try eventually("its end") { !daemon.helpers.contains(before) }
            try daemon.reload("captures:\n  \(HungDisk.first)\n  second: { interface: hfh1, flush: 200ms }")
            #expect(daemon.helpers.count == 1 && daemon.children == daemon.helpers)
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(0..<100)
            try daemon.stop()
            #expect(try isComplete(100, in: folder.path))
            #expect(try FrameCheck(HungDisk.frames, in: Segments(in: folder.path + "/second").paths).count == 100)
        }

        @Test("A frozen file system above a capture's own disk neither stops rotation nor loses packets")
        func above() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            var above = try LoopDisk(folder.path + "/above", size: "32M")
            let own = try Tmpfs(folder.path + "/above/own", size: "32m")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                captures: { first: { interface: hfh1, directory: \(own.path), rotate: { packets: 100 } } }
                """, in: folder.path)
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(0..<1000)
            try above.freeze()
            try Generator(HungDisk.frames, on: link.near, rate: 2000).send(1000..<3000)
            let log = try daemon.stop()
            let found = try FrameCheck(HungDisk.frames, in: Segments(in: own.path).paths)
            #expect(log.losses == 0 && found.isPrefix && found.count == 3000, "\(found.count): \(log.text)")
            withExtendedLifetime(own) {}
            try above.thaw()
        }

        @Test("A full disk expires its own segments and accesses no other disk, which may not answer")
        func room() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfh0", "hfh1")
            let own = try Tmpfs(folder.path + "/own", size: "4m")
            // A silent file system is mounted on this directory later.
            try FileManager.default.createDirectory(atPath: folder.path + "/other", withIntermediateDirectories: true)
            let daemon = try Daemon.capturing(
                """
                free-space: 1MiB
                buffers: { size: 64KiB }
                captures:
                  first:
                    interface: hfh1
                    snap-length: 2000
                    directory: \(own.path)
                    rotate: { size: 256KiB }
                    keep: { files: 1000 }
                  other: { interface: gone0, snap-length: 2000, directory: \(folder.path)/other, keep: { files: 5 } }
                """, in: folder.path)
            let silent = try SilentFileSystem(folder.path + "/other")
            let frames = FrameSequence(sizes: 1000...1000)
            try Generator(frames, on: link.near, rate: 2000).send(0..<8000)
            let log = try daemon.stop()
            let found = try FrameCheck(frames, in: Segments(in: own.path).paths)
            #expect(log.losses == 0 && found.mistakes.isEmpty && found.last == 7999 && found.gaps == 0)
            #expect(log.capture("first")?.written == 8000)
            withExtendedLifetime(own) {}
            withExtendedLifetime(silent) {}
        }
    }
}

extension Daemon {
    /// Threads of the daemon and its children in uninterruptible sleep, by their directory in /proc. See proc(5).
    fileprivate var held: Set<String> {
        func list(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
        let tasks = ([id] + children).flatMap { process in
            list("/proc/\(process)/task").map { "/proc/\(process)/task/\($0)" }
        }
        return Set(
            tasks.filter { task in
                let stat = try? String(contentsOfFile: task + "/stat", encoding: .utf8)
                return stat?.split(separator: ")").last?.split(separator: " ").first == "D"
            })
    }

    /// The child processes of all threads.
    fileprivate var children: [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? [])
            .compactMap { try? String(contentsOfFile: "/proc/\(id)/task/\($0)/children", encoding: .utf8) }
            .flatMap { $0.split(separator: " ").compactMap { Int32($0) } }
    }

    /// The child processes that are disk helpers.
    fileprivate var helpers: [Int32] {
        children.filter {
            let words = try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)
            return words?.split(separator: "\0").contains("--disk-helper") == true
        }
    }
}
