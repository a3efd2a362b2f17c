import Control
import Counters
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The sd_notify(3) messages to a service manager, without systemd.
    @Suite struct ServiceManager {
        @Test("The daemon is ready when every tap is open, and announces reload and stop", arguments: [false, true])
        func states(isAbstract: Bool) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            let manager = try NotifySocket(isAbstract ? "@holdfast-\(UUID().uuidString)" : folder.path + "/notify")
            let one = "captures: { one: { interface: hfn1 } }"
            let daemon = try Daemon(one, in: folder.path, wrapper: ["env", "NOTIFY_SOCKET=\(manager.address)"])
            #expect(manager.line("READY=1") != nil)
            // READY comes after the taps, so the test sends the packet without a delay.
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<1)
            #expect(manager.line("STATUS=1 capture on 1 interface; none lost") != nil, "\(manager.heard)")

            var before = manager.heard.count
            try daemon.reload("captures: { one: { interface: hfn1 }, two: { interface: hfn9 } }")
            #expect(manager.line("READY=1", skipping: before) != nil)
            let words = manager.heard.dropFirst(before).map { $0.prefix { $0 != "=" } }
            #expect(words.starts(with: ["RELOADING", "MONOTONIC_USEC", "READY"]), "\(manager.heard)")
            let waits = "two waits for interface hfn9"
            #expect(manager.line("STATUS=2 captures", skipping: before)?.contains(waits) == true)

            before = manager.heard.count
            try daemon.reload("captures: { one: { interfase: hfn1 } }", expecting: "rejected")
            #expect(manager.line("READY=1", skipping: before) != nil)
            #expect(manager.line("STATUS=", skipping: before)?.contains("the configuration has errors") == true)

            let log = try daemon.stop()
            #expect(manager.line("STOPPING=1") != nil)
            #expect(manager.line("STATUS=writing the remaining packets") != nil)
            #expect(log.capture("one")?.written == 1)
            #expect(!manager.heard.contains("WATCHDOG=1"))
        }

        @Test("While the disk is frozen, the daemon reports it and still runs", .enabled(if: Requirement.freezing))
        func frozenDisk() throws {
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/disk", size: "64M")
            let link = try VethPair("hfn0", "hfn1")
            let manager = try NotifySocket(folder.path + "/notify")
            let daemon = try Daemon(
                "free-space: 0\ncaptures: { one: { interface: hfn1, flush: 100ms, directory: \(disk.path)/one } }",
                in: folder.path,
                wrapper: ["env", "NOTIFY_SOCKET=\(manager.address)", "WATCHDOG_USEC=3000000"])
            #expect(manager.line("READY=1") != nil)
            try disk.freeze()
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            let stalled = "no answer from \(disk.path)/one for "
            manager.listen { $0.contains { $0.contains(stalled) } }
            #expect(manager.heard.contains { $0.contains(stalled) }, "\(manager.heard)")
            let before = manager.heard.count
            #expect(manager.line("WATCHDOG=1", skipping: before) != nil)
            try disk.thaw()
            manager.listen { $0.last { $0.hasPrefix("STATUS=") }?.contains(stalled) == false }
            #expect(manager.heard.last { $0.hasPrefix("STATUS=") }?.contains("; none lost") == true, "\(manager.heard)")
            let log = try daemon.stop()
            #expect(log.capture("one")?.written == 100 && log.losses == 0)
        }

        @Test("A frozen disk under many captures makes no tap appear to hang", .enabled(if: Requirement.freezing))
        func frozenUnderMany() async throws {
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/disk", size: "64M")
            let link = try VethPair("hfn0", "hfn1")
            let manager = try NotifySocket(folder.path + "/notify")
            let names = (1...60).map { "c\($0)" }
            let daemon = try Daemon(
                """
                free-space: 0
                buffers: { size: 64KiB }
                captures:
                \(names.map { "  \($0): { interface: hfn1, snap-length: 200, directory: \(disk.path)/\($0) }" }
                    .joined(separator: "\n"))
                """, in: folder.path,
                wrapper: ["env", "NOTIFY_SOCKET=\(manager.address)", "WATCHDOG_USEC=3000000"])
            #expect(manager.line("READY=1") != nil)
            try disk.freeze()
            // All captures run out of buffers at the same packet, and the tap waits for each of them.
            try Generator(FrameSequence(sizes: 200...200), on: link.near, rate: nil).send(0..<3000)
            manager.listen { $0.contains { $0.contains("no answer from \(disk.path)/") } }
            #expect(manager.heard.contains { $0.contains("no answer from \(disk.path)/") }, "\(manager.heard)")
            #expect(!manager.heard.contains { $0.contains(" hangs") }, "\(manager.heard)")
            try await eventuallyAsync("losses of every capture") {
                try await daemon.client.status().captures.flatMap(\.interfaces).allSatisfy { $0[.holdDropped] > 0 }
            }
            try disk.thaw()
            let log = try daemon.stop()
            #expect(log.captures.count == names.count && log.captures.allSatisfy { $0.holdDropped > 0 })
        }

        @Test("A thread that hangs stops the watchdog messages until it continues", .enabled(if: Requirement.strace))
        func hangingThread() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            let manager = try NotifySocket(folder.path + "/notify")
            let daemon = try Daemon(
                "captures: { one: { interface: hfn1 } }", in: folder.path,
                wrapper: ["env", "NOTIFY_SOCKET=\(manager.address)", "WATCHDOG_USEC=1500000"])
            #expect(manager.line("READY=1") != nil && manager.line("WATCHDOG=1") != nil)
            // The drain thread's next read of the kernel's counters takes four seconds.
            let drain = try #require(try ThreadStatus.all(of: daemon.id).first { $0["Name"] == "drain hfn1" })
            let hold = try ChildProcess(
                #require(Command.path(of: "strace")),
                ["-p", drain["Pid"], "-e", "trace=getsockopt", "-e", "inject=getsockopt:delay_enter=4s:when=1"],
                output: "/dev/null", errors: folder.path + "/strace")
            try eventually("strace") {
                try String(contentsOfFile: folder.path + "/strace", encoding: .utf8).contains("attached")
            }
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<10)
            #expect(manager.line("STATUS=") != nil)
            manager.listen { $0.contains { $0.contains("tap on hfn1 hangs") } }
            #expect(manager.heard.contains { $0.contains("tap on hfn1 hangs") }, "\(manager.heard)")
            var before = manager.heard.count
            manager.listen(for: 1.5) { _ in false }
            #expect(!manager.heard.dropFirst(before).contains("WATCHDOG=1"), "\(manager.heard)")
            before = manager.heard.count
            #expect(manager.line("WATCHDOG=1", skipping: before) != nil)
            kill(hold.id, SIGINT)
            try daemon.stop()
        }
    }
}
