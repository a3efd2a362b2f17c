import Control
import Counters
import Foundation
import Linux
import TestSupport
import Testing
import Traffic

extension Live {
    /// Losses and gaps as the ledger, the control interface and the command report them.
    @Suite struct CoverageLedger {
        private static let frames = FrameSequence(sizes: 200...200)

        @Test(
            "A ring overflow is one episode in the ledger of each capture of the tap, and episodes sum to the counters"
        )
        func ring() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfl0", "hfl1")
            let daemon = try Daemon.capturing(
                """
                ring: { size: 1MiB, block: 512KiB, timeout: 100ms }
                captures:
                  one: { interface: hfl1, snap-length: 2000, flush: 100ms }
                  two: { interface: hfl1, snap-length: 2000, flush: 100ms }
                """, in: folder.path)
            var events = try EventReader.follow(daemon)
            let before = Timestamp.now
            daemon.send(SIGSTOP)
            try Generator(CoverageLedger.frames, on: link.near, rate: nil).send(0..<20_000)
            daemon.send(SIGCONT)
            let status = try await daemon.quietStatus(after: 20_000)
            let lost = try #require(status.interfaces.first?[.ringDropped])
            #expect(lost > 0 && status.captures.allSatisfy { $0.coverage?.lastLoss != nil })
            let after = Timestamp.now
            // The beginning and the end, with the same numbers everywhere.
            let begin = try events.next("loss")
            let end = try events.next("loss")
            #expect(begin["state"] == "begin" && end["state"] == "end" && begin["episode"] == end["episode"])
            #expect(end["cause"] == "ring" && end["scope"] == "tap" && end["packets"] == "\(lost)")
            #expect(end["interface"] == "hfl1" && end["worker"] == "0" && end["capture"] == "one,two")
            for name in ["one", "two"] {
                let coverage = try await daemon.client.coverage(of: name)
                #expect(coverage.complete && coverage.notes.isEmpty && coverage.since != nil)
                let gap = try #require(coverage.gaps.first)
                #expect(coverage.gaps.count == 1 && gap.episode == end["episode"] && gap.packets == lost && !gap.open)
                #expect(gap.cause == .ring && gap.scope == .tap && gap.episode.hasPrefix(coverage.run ?? "?"))
                // The times are exact to the timeout of a ring block.
                #expect(gap.from >= before.adding(-0.1) && gap.to ?? after <= after.adding(0.1))
            }
            try daemon.stop()
            for name in ["one", "two"] {
                let lines = try LedgerLines(of: name, in: folder.path + "/\(name)")
                #expect(lines.events(of: end["episode"]) == ["begin", "end"])
            }
        }

        @Test(
            "Answers while a disk is frozen have its losses and are marked incomplete; the thaw completes the ledger",
            .enabled(if: Requirement.freezing))
        func frozenDisk() async throws {
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/slow", size: "64M")
            let link = try VethPair("hfl0", "hfl1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures:
                  slow: { interface: hfl1, flush: 100ms }
                  fast: { interface: hfl1, flush: 100ms }
                """, in: folder.path)
            try Generator(CoverageLedger.frames, on: link.near, rate: nil).send(0..<100)
            _ = try await daemon.quietStatus(after: 100)
            _ = try await daemon.client.coverage(of: "slow")
            try disk.freeze()
            let frozen = Timestamp.now
            let traffic = try Generator(CoverageLedger.frames, on: link.near, rate: 20_000).start(100..<10_000_000)
            try await eventuallyAsync("losses of the capture on the frozen disk") {
                try await daemon.client.status().captures[0].interfaces.first?[.holdDropped] ?? 0 > 0
            }
            // Counters never decrease, so the packets of the episodes lie between the counters before and after the
            // answer.
            for _ in 0..<3 {
                let before = try await daemon.client.status()
                let coverage = try await daemon.client.coverage(of: "slow")
                let after = try await daemon.client.status()
                let sum = coverage.gaps.filter { $0.cause == .hold }.compactMap(\.packets).reduce(0, +)
                let counts = [before, after].map { $0.captures[0].interfaces[0][.holdDropped] }
                #expect((counts[0]...counts[1]).contains(sum), "\(sum) of \(counts)")
                #expect(coverage.gaps.contains { $0.cause == .hold && $0.open })
            }
            try await eventuallyAsync("a word about the disk that does not answer") {
                let status = try await daemon.client.status()
                return status.stalls.contains { $0.directory == disk.path && $0.seconds >= 2 }
            }
            #expect(try daemon.holdfast("status").output.contains("no answer from \(disk.path) for "))
            let fast = try await daemon.client.coverage(of: "fast")
            #expect(fast.complete && fast.gaps.isEmpty)
            let sent = 100 + (try traffic.stop().sent)
            try disk.thaw()
            let thawed = Timestamp.now
            let status = try await daemon.quietStatus(after: sent)
            let lost = status.captures[0].interfaces[0][.holdDropped]
            try await eventuallyAsync("the whole ledger") {
                let coverage = try await daemon.client.coverage(of: "slow")
                let hold = coverage.gaps.filter { $0.cause == .hold }
                return coverage.complete && hold.allSatisfy { !$0.open }
                    && hold.compactMap(\.packets).reduce(0, +) == lost
            }
            let gaps = try await daemon.client.coverage(of: "slow").gaps
            #expect(gaps.allSatisfy { $0.from >= frozen.adding(-1) && $0.from <= thawed.adding(1) }, "\(gaps)")
            let log = try daemon.stop()
            #expect(log.capture("fast")?.losses == 0)
        }

        @Test(
            "A full disk is an episode of suspension, and its counted losses sum to disk_dropped",
            .enabled(if: Requirement.mount))
        func fullDisk() async throws {
            let folder = try TemporaryFolder()
            let memory = try Tmpfs(folder.path + "/all", size: "8m")
            let link = try VethPair("hfl0", "hfl1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures: { all: { interface: hfl1, rotate: { size: 1MiB }, flush: 100ms } }
                """, in: folder.path)
            let traffic = try Generator(CoverageLedger.frames, on: link.near, rate: 20_000).start(0..<10_000_000)
            try await eventuallyAsync("a suspended capture that loses packets") {
                let capture = try await daemon.client.status().captures[0]
                return capture.state == .suspended && capture.interfaces[0][.diskDropped] > 0
            }
            let suspended = try await daemon.client.coverage(of: "all")
            #expect(suspended.gaps.contains { $0.cause == .suspended && $0.open && $0.packets == nil })
            #expect(suspended.gaps.contains { $0.cause == .disk && $0.packets ?? 0 > 0 })
            // Perhaps not even a line of the ledger fits on the disk, but the daemon knows its contents.
            for segment in try Segments(in: folder.path + "/all").paths.prefix(4) {
                try FileManager.default.removeItem(atPath: segment)
            }
            try await eventuallyAsync("the end of the suspension") {
                try await daemon.client.coverage(of: "all").gaps.contains { $0.cause == .suspended && !$0.open }
            }
            _ = try traffic.stop()
            try daemon.stop()
            let lines = try LedgerLines(of: "all", in: folder.path + "/all")
            let dropped = try #require(daemon.log.capture("all")?.diskDropped)
            #expect(dropped > 0 && lines.packets(of: "disk") == UInt64(dropped))
            withExtendedLifetime(memory) {}
        }

        @Test(
            "A restart leaves an interval without a capture, which the command reads from the files without a daemon")
        func restart() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfl0", "hfl1")
            let configuration = "captures: { one: { interface: hfl1, flush: 100ms } }"
            let first = try Daemon.capturing(configuration, in: folder.path)
            try Generator(CoverageLedger.frames, on: link.near, rate: nil).send(0..<10)
            _ = try await first.quietStatus(after: 10)
            #expect(try await first.client.coverage(of: "one").gaps.isEmpty)
            let asked = try first.holdfast("gaps", "one")
            #expect(asked.status == 0 && asked.output.hasPrefix("no gaps, 0 packets lost"), "\(asked)")
            let stopping = Timestamp.now
            try first.stop()
            let stopped = try Gaps.withoutDaemon(first)
            #expect(stopped.gaps.map(\.cause) == [.stopped] && stopped.gaps[0].open && stopped.run == nil)
            #expect(stopped.gaps[0].from >= stopping)
            let second = try Daemon.capturing(configuration, in: folder.path)
            let ready = Timestamp.now
            var gaps: [Gap] = []
            try await eventuallyAsync("the interval of the restart") {
                gaps = try await second.client.coverage(of: "one").gaps
                return gaps.contains { !$0.open }
            }
            let gap = try #require(gaps.first)
            #expect(gaps.count == 1 && gap.cause == .restart && gap.from == stopped.gaps[0].from)
            #expect(gap.packets == nil && gap.interface == nil && gap.scope == .capture)
            #expect(try #require(gap.to) > gap.from && #require(gap.to) <= ready.adding(5))
            let text = try second.holdfast("gaps", "--since", "1h").output
            #expect(text.contains("restart") && text.contains("1 gap, 0 packets lost"), "\(text)")
            let json = try second.holdfast("gaps", "--json").output
            #expect(json.contains(#""packets":null"#) && json.contains(#""cause":"restart""#), "\(json)")
            #expect(try second.holdfast("gaps", "--since", "whenever").status == 64)
            #expect(try second.holdfast("gaps", "on").errors.contains("did you mean 'one'"))
            try second.stop()
        }

        @Test("A kill leaves an interval from the last kept packet, with an unknown number of lost packets")
        func crash() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfl0", "hfl1")
            let configuration = "captures: { one: { interface: hfl1, flush: 50ms } }"
            let first = try Daemon.capturing(configuration, in: folder.path)
            try Generator(CoverageLedger.frames, on: link.near, rate: nil).send(0..<100)
            _ = try await first.quietStatus(after: 100)
            let last = try #require(try await first.client.status().captures[0].interfaces[0].newest)
            first.send(SIGKILL)
            _ = try first.exitCode()
            // The kill can have interrupted the writing of a line.
            let ledger = folder.path + "/one/one.ledger"
            let half = try String(contentsOfFile: ledger, encoding: .utf8) + #"{"cause":"ring","epi"#
            try half.write(toFile: ledger, atomically: false, encoding: .utf8)
            let second = try Daemon.capturing(configuration, in: folder.path)
            var gaps: [Gap] = []
            try await eventuallyAsync("the interval of the crash") {
                gaps = try await second.client.coverage(of: "one").gaps
                return !gaps.isEmpty
            }
            #expect(gaps.map(\.cause) == [.crash] && gaps[0].packets == nil && !gaps[0].open)
            #expect(gaps[0].from >= last && gaps[0].from < gaps[0].to ?? last, "\(gaps), last packet \(last)")
            try second.stop()
        }

        @Test(
            "An interface that is down or removed, and a reload that removes a capture, leave intervals"
        )
        func interfaceAndReload() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfl0", "hfl1")
            let both = "captures: { one: { interface: hfl1 }, two: { interface: lo } }"
            let daemon = try Daemon.capturing(both, in: folder.path)
            func wait(_ what: String, _ condition: ([Gap]) -> Bool) async throws {
                try await eventuallyAsync(what) { condition(try await daemon.client.coverage(of: "one").gaps) }
            }
            // lo is down in this namespace until the test sets it up.
            try Command.ip("link set lo down")
            try Command.ip("link set \(link.far) down")
            try await wait("a gap while it is down") { $0.contains { $0.cause == .interfaceGone && $0.open } }
            try Command.ip("link set \(link.far) up")
            try await wait("the end of that") { $0.count == 1 && !$0[0].open && $0[0].interface == "hfl1" }
            try Command.ip("link delete \(link.near)")
            try await wait("a gap while it is away") { $0.count == 2 && $0[1].open && $0[1].cause == .interfaceGone }
            let again = try VethPair("hfl0", "hfl1")
            try await wait("the end of that") { $0.count == 2 && !$0[1].open }
            let two = try await daemon.client.coverage(of: "two").gaps
            #expect(two.last?.cause == .waiting || two.last?.cause == .interfaceGone, "\(two)")

            try daemon.reload("captures: { two: { interface: lo } }")
            let out = Timestamp.now
            try daemon.reload(both)
            try await wait("the interval without it") { gaps in
                gaps.count == 3 && gaps[2].cause == .reload && !gaps[2].open
            }
            let gap = try await daemon.client.coverage(of: "one").gaps[2]
            #expect(gap.from <= out && gap.to ?? gap.from > gap.from && gap.packets == nil)
            // A reload that does not change a capture leaves no episode.
            try daemon.reload(both + "\n# the same\n")
            #expect(try await daemon.client.coverage(of: "one").gaps.count == 3)
            try Command.ip("link set lo up")
            try daemon.stop()
            withExtendedLifetime(again) {}
        }

        @Test(
            "Answers match their description, and requests that cannot be answered are refused with a reason",
            .enabled(if: Requirement.curl))
        func interface() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfl0", "hfl1")
            let daemon = try Daemon.capturing("captures: { one: { interface: hfl1 } }", in: folder.path)
            let (api, socket) = (try OpenAPI(), Daemon.socket(in: folder.path))
            try Command.ip("link set \(link.far) down")
            try await eventuallyAsync("a gap") { !(try await daemon.client.coverage(of: "one").gaps.isEmpty) }
            let path = "/v1/captures/{name}/coverage"
            for (query, status) in [
                ("one/coverage", 200), ("one/coverage?from=2026-01-01T00:00:00Z&to=2099-01-01", 200),
                ("one/coverage?from=whenever", 400), ("one/coverage?form=2026-01-01", 400), ("none/coverage", 404),
            ] {
                let answer = try Curl.ask(socket, "GET", "/v1/captures/" + query)
                #expect(answer.status == status, "\(query): \(answer)")
                #expect(try api.complaints(about: answer, to: "get", path).isEmpty, "\(query)")
            }
            let none = try await daemon.client.coverage(
                of: "one", to: Timestamp(nanosecondsSince1970: 86_400_000_000_000))
            #expect(none.gaps.isEmpty)
            try daemon.stop()
        }

        @Test("A ledger of a newer release is reported and left unchanged, and the capture continues")
        func newerLedger() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfl0", "hfl1")
            try FileManager.default.createDirectory(atPath: folder.path + "/one", withIntermediateDirectories: true)
            let newer = #"{"ledger":"holdfast","version":9,"capture":"one","begun":"?"}"# + "\n"
            try newer.write(toFile: folder.path + "/one/one.ledger", atomically: true, encoding: .utf8)
            let daemon = try Daemon.capturing("captures: { one: { interface: hfl1 } }", in: folder.path)
            try await eventuallyAsync("a word about the ledger") {
                try await daemon.client.status().captures[0].coverage?.ledgerFailure?.contains("version 9") == true
            }
            try Generator(CoverageLedger.frames, on: link.near, rate: nil).send(0..<10)
            _ = try await daemon.quietStatus(after: 10)
            try Command.ip("link set \(link.far) down")
            try await eventuallyAsync("a gap, from memory") {
                let coverage = try await daemon.client.coverage(of: "one")
                return !coverage.complete && coverage.gaps.map(\.cause) == [.interfaceGone]
            }
            try daemon.stop()
            #expect(try String(contentsOfFile: folder.path + "/one/one.ledger", encoding: .utf8) == newer)
        }
    }
}

extension Timestamp {
    fileprivate func adding(_ seconds: Double) -> Timestamp {
        Timestamp(nanosecondsSince1970: nanosecondsSince1970 + Int64(seconds * 1_000_000_000))
    }
}

/// The answer of the command without a daemon.
private enum Gaps {
    static func withoutDaemon(_ daemon: Daemon) throws -> Coverage {
        let result = try Command.run(
            Daemon.binaries + "/holdfast", ["gaps", "--json", "--config", daemon.configuration])
        #expect(result.status == 0, "\(result)")
        return try Coding.decode(Coverage.self, from: Array(result.output.utf8))
    }
}
