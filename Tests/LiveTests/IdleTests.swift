import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A silent link costs nothing, and its segments still end.
    @Suite struct Idle {
        @Test("On a silent link no thread of the daemon wakes up and no processor time passes")
        func silence() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfi0", "hfi1")
            let daemon = try Daemon.capturing(
                """
                captures:
                  one: { interface: hfi1 }
                  two: { interface: hfi*, keep: { age: 7d, size: 1GiB } }
                """, in: folder.path)
            // Work after the last packets takes another second, and idle workers of the runtime end after five.
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<10)
            #expect(staysTrue(for: 7) { daemon.isRunning })
            let before = try Activity(of: daemon.id)
            #expect(staysTrue(for: 3) { daemon.isRunning })
            let after = try Activity(of: daemon.id)
            let awake = after.switches.keys.filter { after.switches[$0] != before.switches[$0] }.sorted()
            let switches = awake.map { after.switches[$0, default: 0] - before.switches[$0, default: 0] }
            print("IDLE in 3 s: \(switches) wake-ups of \(awake), \(after.ticks - before.ticks) ticks")
            // The exception is libdispatch, which checks its thread pools once per second.
            #expect(awake.allSatisfy { $0.hasSuffix(".overcommit") })
            #expect(after.ticks == before.ticks)
            let log = try daemon.stop()
            #expect(log.capture("one")?.written == 10)
        }

        @Test("An interval ends on a silent link, without another packet")
        func sealing() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfi0", "hfi1")
            let daemon = try Daemon.capturing(
                "captures: { tick: { interface: hfi1, rotate: { every: 2s } } }", in: folder.path)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<1)
            try daemon.wait(event: "sealed")
            let segments = try Segments(in: folder.path + "/tick")
            #expect(segments.names.count == 1 && segments.parts.isEmpty)
            #expect(try segments.packets().map(\.bytes) == [FrameSequence().frame(0)])
            try daemon.stop()
        }

        @Test("A segment's packets lie within one multiple of its interval")
        func boundaries() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfi0", "hfi1")
            let daemon = try Daemon.capturing(
                "captures: { tick: { interface: hfi1, rotate: { every: 2s } } }", in: folder.path)
            try Generator(FrameSequence(), on: link.near, rate: 200, batch: 1).send(0..<1000)
            try daemon.stop()
            let segments = try Segments(in: folder.path + "/tick")
            let intervals = try segments.paths.map { Set(try Savefile($0).packets.map { $0.seconds / 2 }) }
            #expect(intervals.allSatisfy { $0.count == 1 })
            #expect(Set(intervals).count == intervals.count && intervals.count >= 3)
            let found = try FrameCheck(FrameSequence(), in: segments.paths)
            #expect(found.isPrefix && found.count == 1000)
        }
    }
}

/// What the threads of a process have done so far. See proc(5).
struct Activity {
    /// Context switches of each thread, by its ID and name.
    var switches: [String: Int] = [:]
    /// Processor time of all threads, user and system, in clock ticks.
    var ticks: Int

    init(of process: Int32) throws {
        let tasks = "/proc/\(process)/task"
        for thread in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            let lines = try String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8).split(separator: "\n")
            let count = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }?.split(separator: "\t").last
            switches["\(thread) \(lines[0])"] = count.flatMap { Int($0) } ?? -1
        }
        let status = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // utime and stime are fields 14 and 15; the name in parentheses can contain blanks.
        let fields = status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ")
        ticks = fields[12...13].compactMap { Int($0) }.reduce(0, +)
    }
}
