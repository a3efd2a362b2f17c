import BasicContainers
import Control
import Counters
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Everything that can happen to the daemon, at once: rotation, retention, reloads, interfaces that appear and
    /// disappear, a disk that freezes, hostile clients. Lasts 15 seconds; `make soak` sets another duration.
    @Suite(.enabled(if: Requirement.freezing), .enabled(if: Requirement.strace))
    struct Everything {
        private static let isWhole = Requirement.soakSeconds > 0
        private static let seconds = isWhole ? Double(Requirement.soakSeconds) : 15
        /// Seconds between two events of a kind.
        private static let (reload, recreation, freeze, frozen) = isWhole ? (2.0, 3.0, 30.0, 3.0) : (2, 3, 5, 1)
        private static let frames = FrameSequence(sizes: 64...512)
        /// KiB of all buffers of the four captures.
        private static let buffers = 4 * 32 * 512

        private static func configuration(_ folder: String, round: Int) -> String {
            let extra = "extra: { interface: hfe1, filter: some, rotate: { packets: 100 }, keep: { files: 5 } }"
            return """
                free-space: 0
                # A buffer for each segment: 32 bridge two thirds of a second in which a busy disk takes none.
                buffers: { size: 512KiB, count: 32 }
                filters: { some: udp port \(1000 + round % 7) }
                captures:
                  steady: { interface: hfe1, rotate: { packets: 100 }, keep: { files: 20 } }
                  frozen:
                    { interface: hfe1, directory: \(folder)/disk/frozen, rotate: { packets: 100 }, keep: { files: 20 } }
                  churn: { interface: hfx1, rotate: { packets: 100 }, keep: { files: 10 } }
                \(round.isMultiple(of: 2) ? "  " + extra : "")
                """
        }

        @Test("Under all events at once, resources stay bounded, counters balance, and the control loop never blocks")
        func everything() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            var disk = try LoopDisk(folder.path + "/disk", size: "64M")
            let daemon = try Daemon.capturing(Everything.configuration(folder.path, round: 0), in: folder.path)
            let trace = try LoopTrace(of: daemon.id, in: folder.path)
            let rate = 5000.0
            let traffic = try Generator(Everything.frames, on: link.near, rate: rate)
                .start(0..<UInt64(rate * (Everything.seconds + 60)))

            var (first, most): (Footprint?, Footprint?)
            var churn: VethPair?
            var churning: RunningGenerator?
            var (reloads, round) = (0, 0)
            let began = Date()
            var due = (reload: 0.0, recreation: 0.0, freeze: 1.0, thaw: Double.infinity, look: Everything.seconds / 3)
            func time() -> Double { Date().timeIntervalSince(began) }
            while time() < Everything.seconds {
                if time() >= due.recreation {
                    due.recreation = time() + Everything.recreation
                    if let old = churning.take() { _ = try old.stop() }
                    _ = churn.take()
                    let next = try VethPair("hfx0", "hfx1")
                    churning = try Generator(Everything.frames, on: next.near, rate: 1000).start(0..<100_000)
                    churn = consume next
                }
                if time() >= due.reload {
                    due.reload = time() + Everything.reload
                    reloads += 1
                    try daemon.configure(Everything.configuration(folder.path, round: reloads))
                    daemon.send(SIGHUP)
                }
                if time() >= due.freeze {
                    (due.freeze, due.thaw) = (time() + Everything.freeze, time() + Everything.frozen)
                    try disk.freeze()
                }
                if time() >= due.thaw {
                    due.thaw = .infinity
                    try disk.thaw()
                }
                hostile(Daemon.socket(in: folder.path), round: round)
                round += 1
                #expect(try await daemon.client.status().process == daemon.id)
                if time() >= due.look {
                    due.look = time() + 2
                    let now = try Footprint(of: daemon.id)
                    first = first ?? now
                    most = most.map { $0.most(now) } ?? now
                }
                #expect(staysTrue(for: 0.05) { daemon.isRunning })
            }
            if due.thaw < .infinity { try disk.thaw() }
            if let last = churning.take() { _ = try last.stop() }
            _ = churn.take()
            let sent = try traffic.stop().sent
            let status = try await daemon.quietStatus(after: sent, within: 60)
            let calls = try trace.end()
            let log = try daemon.stop()

            let (before, after) = (try #require(first), try #require(most))
            print(
                "EVERYTHING \(Int(Everything.seconds)) s, \(sent) frames, \(reloads) reloads; "
                    + "footprint \(before), most \(after); longest calls of the loop: \(calls.longest.prefix(5))")
            let steady = try #require(status.captures.first { $0.name == "steady" })
            #expect(steady.interfaces.map { $0[.matched] }.reduce(0, +) + status.ringDropped(on: "hfe1") == sent)
            #expect(log.isBalanced)
            try expectExactLedgers(
                log,
                [
                    "steady": folder.path + "/steady", "churn": folder.path + "/churn", "extra": folder.path + "/extra",
                    "frozen": disk.path + "/frozen",
                ])
            #expect(log.events("rejected").isEmpty)
            // The frozen disk affected only its own capture.
            #expect(steady.interfaces.allSatisfy { $0.counts.lost == 0 })
            // Rings and buffers become resident as packets first reach them, so only the rest of the memory is flat.
            #expect(after.own <= before.own + 4 << 10 && after.memory <= before.memory + Everything.buffers)
            #expect(after.threads <= before.threads + 6 && after.files <= before.files + 40)
            #expect(calls.count > 100, "strace saw nothing")
            // A short run can have a long call because of other load on the machine.
            let limit = Everything.isWhole ? 0.05 : 1
            #expect(calls.longest.allSatisfy { $0.seconds < limit }, "\(calls.longest.prefix(5))")
        }

        /// Clients that connect, send nothing, half a request, or nonsense, and disconnect.
        private func hostile(_ socket: String, round: Int) {
            for request in [[], Array("GET /v1/sta".utf8), Nonsense.request(round)] {
                guard let client = RawClient(socket) else { continue }
                client.send(request)
            }
        }
    }
}

/// The system calls of the control loop's thread, the first of the process, recorded by strace(1).
struct LoopTrace: ~Copyable {
    private let strace: ChildProcess
    private let path: String

    struct Call: CustomStringConvertible {
        var text: String
        var seconds: Double
        var description: String { "\(seconds) s: \(text.prefix(100))" }
        /// The address of a futex call.
        var place: UInt64? {
            guard text.hasPrefix("futex(0x") else { return nil }
            return UInt64(text.dropFirst(8).prefix { $0.isHexDigit }, radix: 16)
        }
    }

    init(of process: Int32, in folder: String) throws {
        let file = folder + "/loop.strace"
        let tracer = try ChildProcess(
            try #require(Command.path(of: "strace")), ["-qq", "-T", "-s", "16", "-o", file, "-p", "\(process)"],
            output: "/dev/null", errors: folder + "/loop.strace.errors")
        try eventually("strace to attach") { FileManager.default.fileExists(atPath: file) }
        (path, strace) = (file, tracer)
    }

    /// Detaches. Returns the number of calls, and all calls except the wait for events, longest first.
    consuming func end() throws -> (count: Int, longest: [Call]) {
        kill(strace.id, SIGINT)
        _ = strace.wait()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let calls = lines.compactMap { line -> Call? in
            guard let start = line.lastIndex(of: "<"), line.hasSuffix(">"),
                let seconds = Double(line[line.index(after: start)...].dropLast())
            else { return nil }
            return Call(text: String(line), seconds: seconds)
        }
        // The loop waits for events on one condition, its most frequent wait. In the C library a condition is two
        // neighbouring words.
        let waits = calls.filter { $0.text.hasPrefix("futex(") && $0.text.contains("WAIT_BITSET") }
        let places = Dictionary(grouping: waits) { $0.place ?? 0 }
        let home = places.max { $0.value.count < $1.value.count }?.key
        let others = calls.filter { call in
            guard let home, let place = call.place, call.text.contains("WAIT_BITSET") else { return true }
            return max(home, place) - min(home, place) > 8
        }
        return (calls.count, others.sorted { $0.seconds > $1.seconds })
    }
}

extension Status {
    fileprivate func ringDropped(on interface: String) -> UInt64 {
        interfaces.filter { $0.interface == interface }.map { $0[.ringDropped] }.reduce(0, +)
    }
}
