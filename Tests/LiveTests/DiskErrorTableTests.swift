import Control
import Counters
import Foundation
import Glibc
import TestSupport
import Testing
import Traffic

extension Live {
    /// Each error in each kind of system call of the writers and of retention: while they write and seal, at a start,
    /// at a reload, and at the end.
    ///
    /// A row of the table is a kind of call. By default each row has two errors, and all rows together cover every
    /// error; `make soak` runs the whole table.
    @Suite(.enabled(if: Requirement.strace)) struct DiskErrorTable {
        private static let errors = ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EMFILE", "ENOMEM", "EAGAIN", "EACCES"]
        private static let frames = FrameSequence(sizes: 64...300)

        private static func errors(of row: Int) -> [String] {
            if Requirement.soakSeconds > 0 { return errors }
            return [0, 3].map { errors[(row * 2 + $0) % errors.count] }
        }

        private static func tell(_ phase: String, _ call: String, _ cells: [(error: String, text: String)]) {
            let row = cells.map { "\($0.error) \($0.text)" }.joined(separator: " | ")
            print("DISK ERROR TABLE \(phase) \(call): \(row)")
        }

        @Test("A fault of a running capture counts every packet, and everything continues after the fault")
        func running() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures:
                  all: { interface: hfe1, rotate: { packets: 500 }, flush: 50ms, sync: hold }
                  few: { interface: hfe1, rotate: { packets: 500 }, flush: 50ms, keep: { files: 3 } }
                """, in: folder.path)
            let writers = try threads(of: daemon.id, named: "write ")
            #expect(writers.count == 2)
            let traffic = try Generator(DiskErrorTable.frames, on: link.near, rate: 3000).start(0..<10_000_000)
            let calls = [
                "openat", "newfstatat,fstat", "fstatfs", "flock", "pwrite64", "fallocate", "ftruncate", "fdatasync",
                "fsync",
                "renameat2", "unlinkat",
            ]
            for (row, call) in calls.enumerated() {
                var cells: [(error: String, text: String)] = []
                for error in DiskErrorTable.errors(of: row) {
                    let fault = try Fault(call, error, of: writers, in: folder.path)
                    try eventually("\(error) of \(call)") { fault.count > 0 }
                    #expect(staysTrue(for: 0.2) { daemon.isRunning })
                    let before = try await daemon.client.status()
                    let count = try fault.end()
                    let ended = Date()
                    try await resumed(daemon, after: before)
                    let wait = Date().timeIntervalSince(ended)
                    // The daemon retries after one second; the rest of the time is for a busy machine.
                    #expect(wait < 10, "\(error) of \(call)")
                    cells.append((error, "\(count)x \(String(format: "%.1f", wait)) s"))
                }
                DiskErrorTable.tell("running", call, cells)
            }
            try eventually("what could not be removed to go") {
                try Segments(in: folder.path + "/few").names.count <= 4
            }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            for name in ["all", "few"] {
                let counts = try #require(log.capture(name))
                print("DISK ERROR TABLE running: \(name) matched=\(counts.matched) disk_dropped=\(counts.diskDropped)")
                #expect(counts.isBalanced && counts.matched + log.ringDropped == Int(sent))
                #expect(try Segments(in: "\(folder.path)/\(name)").parts.isEmpty)
            }
            try expectExactLedgers(log, ["all": folder.path + "/all", "few": folder.path + "/few"])
            let all = try Segments(in: folder.path + "/all")
            #expect(try Inspection.packetCounts(all.paths).reduce(0, +) == log.capture("all")?.written)
            #expect(try FrameCheck(DiskErrorTable.frames, in: all.paths).mistakes.isEmpty)
            let few = try Segments(in: folder.path + "/few")
            try Inspection.tcpdump(few.paths)
            #expect((1...4).contains(few.names.count))
        }

        /// Waits until both captures have written more than before.
        private func resumed(_ daemon: Daemon, after before: Status) async throws {
            try await eventuallyAsync("captures to resume", within: 20) {
                let now = try await daemon.client.status()
                return zip(now.captures, before.captures).allSatisfy { now, before in
                    now.state == .capturing && now.interfaces[0][.written] > before.interfaces[0][.written]
                }
            }
        }

        /// The calls that reading a directory needs.
        private static let adopting = [
            "mkdir", "openat", "faccessat2", "getdents64", "newfstatat,fstat", "fstatfs", "flock", "pread64",
            "ftruncate",
            "pwrite64", "fdatasync", "renameat2", "unlinkat",
        ]

        /// Prepares a directory as after a crash: a complete segment, an open one with three packets, and an empty
        /// open one. Returns paths whose calls can fail.
        private func prepare(_ here: String) throws -> [String] {
            try? FileManager.default.removeItem(atPath: here)
            try FileManager.default.createDirectory(atPath: here, withIntermediateDirectories: true)
            let header: [UInt32] = [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1]
            let words = header + (0..<3).flatMap { _ in [1, 2, 4, 4, 0x0403_0201] as [UInt32] }
            let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
            let stem = "\(here)/\(URL(filePath: here).lastPathComponent)-hfe1-2020010"
            let names = ["1T000000.000000Z.pcap", "2T000000.000000Z.pcap.part", "3T000000.000000Z.pcap.part"]
            try Data(bytes).write(to: URL(filePath: stem + names[0]))
            try Data(bytes + [1, 0]).write(to: URL(filePath: stem + names[1]))
            try Data().write(to: URL(filePath: stem + names[2]))
            return [here] + names.map { stem + $0 }
        }

        /// Whether that directory is completely repaired.
        private func isRepaired(_ here: String) throws -> Bool {
            let segments = try Segments(in: here)
            return try segments.parts.isEmpty && Inspection.packetCounts(segments.paths) == [3, 3]
        }

        @Test("After a fault at a start the daemon captures or ends with a reason, and the next start loses nothing")
        func start() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let configuration = "captures: { cap: { interface: hfnone } }"
            for (row, call) in DiskErrorTable.adopting.enumerated() {
                var cells: [(error: String, text: String)] = []
                for error in DiskErrorTable.errors(of: row) {
                    let paths = try prepare(here)
                    let record = folder.path + "/record"
                    let daemon = try Daemon(
                        configuration, in: folder.path,
                        wrapper: Fault.wrapper(call, error, paths: paths, record: record))
                    try eventually("a start or an end with \(error) of \(call)") {
                        !daemon.isRunning || !daemon.log.events("started").isEmpty
                    }
                    let isCapturing = daemon.isRunning
                    if isCapturing {
                        daemon.sendThroughWrapper(SIGTERM)
                        #expect(try daemon.exitCode() == 0, "\(daemon.log.text)")
                    } else {
                        let code = try daemon.exitCode()
                        // The service manager retries after temporary errors; missing rights need a change by the
                        // operator.
                        #expect(code == (error == "EACCES" ? 78 : 1), "\(error) of \(call)")
                        #expect(!daemon.log.lines(containing: "cannot ").isEmpty)
                    }
                    // An existing directory needs no mkdir.
                    let count = Fault.count(in: record)
                    cells.append((error, "\(count)x \(isCapturing ? "captures" : "exit \(try daemon.exitCode())")"))
                    let next = try Daemon.capturing(configuration, in: folder.path)
                    next.send(SIGTERM)
                    #expect(try next.exitCode() == 0)
                    #expect(try isRepaired(here), "\(error) of \(call)")
                }
                DiskErrorTable.tell("start", call, cells)
            }
        }

        @Test("A reload with a fault is applied or refused with a reason, and running captures lose nothing")
        func reload() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/new"
            let link = try VethPair("hfe0", "hfe1")
            let before = "all: { interface: hfe1, flush: 50ms }"
            let daemon = try Daemon.capturing("captures: { \(before) }", in: folder.path)
            let traffic = try Generator(DiskErrorTable.frames, on: link.near, rate: 500).start(0..<10_000_000)
            for (row, call) in DiskErrorTable.adopting.enumerated() {
                var cells: [(error: String, text: String)] = []
                for error in DiskErrorTable.errors(of: row) {
                    let paths = try prepare(here)
                    let fault = try Fault(
                        call, error, of: family(of: daemon.id), paths: paths, in: folder.path)
                    let lines = daemon.log.lines.count
                    try daemon.configure("captures: { \(before), new: { interface: hfnone } }")
                    daemon.send(SIGHUP)
                    var answer = ""
                    try eventually("an answer with \(error) of \(call)") {
                        let events = daemon.log.entries.dropFirst(lines).compactMap { $0["event"] }
                        answer = events.last { $0 == "reloaded" || $0 == "rejected" } ?? ""
                        return !answer.isEmpty
                    }
                    let isRefused = answer == "rejected"
                    let reasons = daemon.log.lines.dropFirst(lines).filter { $0.contains("cannot ") }
                    #expect(!isRefused || !reasons.isEmpty, "\(answer)")
                    let count = try fault.end()
                    cells.append((error, "\(count)x \(isRefused ? "refused" : "applied")"))
                    // A complete new reload repairs the rest.
                    try daemon.reload("captures: { \(before) }")
                    try daemon.reload("captures: { \(before), new: { interface: hfnone } }")
                    #expect(try isRepaired(here), "\(error) of \(call)")
                    try daemon.reload("captures: { \(before) }")
                }
                DiskErrorTable.tell("reload", call, cells)
            }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.capture("all")?.written == Int(sent))
            try expectExactLedgers(log, ["all": folder.path + "/all"])
        }

        @Test("A fault at the end does not prevent the end, and the next start seals every written packet")
        func seal() throws {
            let folder = try TemporaryFolder()
            let here = folder.path + "/cap"
            let link = try VethPair("hfe0", "hfe1")
            let configuration = "captures: { cap: { interface: hfe1, flush: 50ms } }"
            for (row, call) in ["newfstatat,fstat", "ftruncate", "pwrite64", "fdatasync", "fsync", "renameat2"]
                .enumerated()
            {
                var cells: [(error: String, text: String)] = []
                for error in DiskErrorTable.errors(of: row) {
                    try? FileManager.default.removeItem(atPath: here)
                    let daemon = try Daemon.capturing(configuration, in: folder.path)
                    try Generator(DiskErrorTable.frames, on: link.near, rate: nil).send(0..<100)
                    try eventually("a flush") { try Segments(in: here).bytes > 1000 }
                    let fault = try Fault(
                        call, error, of: try threads(of: daemon.id, named: "write "), in: folder.path)
                    try Generator(DiskErrorTable.frames, on: link.near, rate: nil).send(100..<200)
                    let log = try daemon.stop()
                    let count = try fault.end()
                    let counts = try #require(log.capture("cap"))
                    #expect(counts.matched == 200 && counts.isBalanced)
                    try expectExactLedgers(log, ["cap": here])
                    let isLeft = try !Segments(in: here).parts.isEmpty
                    // The log reports a segment as sealed only if it has its final name.
                    let sealed = log.events("sealed").count
                    // If syncing the directory failed, a file can have its final name without a log line.
                    let names = try Segments(in: here).names.count
                    #expect(sealed == names || call == "fsync" && sealed < names)
                    let next = try Daemon(configuration, in: folder.path)
                    try next.wait(event: "started")
                    next.send(SIGTERM)
                    #expect(try next.exitCode() == 0)
                    let after = try Segments(in: here)
                    let packets = try Inspection.packetCounts(after.paths).reduce(0, +)
                    #expect(after.parts.isEmpty && packets == counts.written, "\(error) of \(call): \(log.text)")
                    cells.append((error, "\(count)x \(isLeft ? "left" : "sealed")"))
                }
                DiskErrorTable.tell("seal", call, cells)
            }
        }

        @Test(
            "A segment without a descriptor for direct I/O is written without it, and the file system is not blamed")
        func noDescriptor() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing(
                "captures: { cap: { interface: hfe1, flush: 50ms } }", in: folder.path)
            // The opens of the directory, the file, and the file for direct I/O.
            let fault = try Fault(
                "openat", "EMFILE:when=3", of: try threads(of: daemon.id, named: "write "), in: folder.path)
            try Generator(DiskErrorTable.frames, on: link.near, rate: nil).send(0..<100)
            try eventually("the fault") { fault.count == 1 }
            let log = try daemon.stop()
            #expect(try fault.end() == 1 && log.losses == 0)
            #expect(log.events("buffered").allSatisfy { $0["cause"] == "Too many open files" }, "\(log.text)")
        }

        /// The threads of a process whose names begin with `prefix`.
        private func threads(of process: Int32, named prefix: String) throws -> [Int32] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").filter { task in
                try String(contentsOfFile: "/proc/\(process)/task/\(task)/comm", encoding: .utf8).hasPrefix(prefix)
            }.compactMap { Int32($0) }
        }

        /// A process and its children.
        private func family(of process: Int32) -> [Int32] {
            let children = try? String(
                contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
            return [process] + (children ?? "").split(separator: " ").compactMap { Int32($0) }
        }
    }
}
