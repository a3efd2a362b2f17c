import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The daemon in a container, as `make container` builds it.
    @Suite(.enabled(if: Container.image != nil)) struct Containers {
        private static let frames = FrameSequence([.udp, .tcp])
        private static let large = FrameSequence(sizes: 1200...1500)
        private static let all = "captures: { all: { interface: hfc1, flush: 50ms } }"

        @Test("Process 1 of a container captures with CAP_NET_RAW alone, reloads for SIGHUP and seals for SIGTERM")
        func signals() throws {
            let folder = try TemporaryFolder()
            let container = try Container(Containers.all, in: folder.path)
            try container.wait(event: "started")
            let link = try VethPair("hfc0", "hfc1")
            try container.take(link.far)
            try Command.ip("link set \(link.near) up")
            try container.wait(event: "capturing", interface: "hfc1")
            try Generator(Containers.frames, on: link.near, rate: nil).send(0..<1000)

            let threads = try ThreadStatus.all(of: container.process)
            #expect(threads.count > 3)
            for thread in threads {
                #expect(Set(thread.users) == [Container.user], "\(thread)")
                #expect(thread.hasNoNewPrivileges && thread.isFiltered, "\(thread)")
                let (permitted, bounding) = (thread.capabilities[0], thread.capabilities[4])
                #expect(permitted == ThreadStatus.packetSockets && bounding == ThreadStatus.packetSockets, "\(thread)")
            }
            #expect(try container.run("sh", "-c", "test \"$(cat /proc/1/comm)\" = holdfastd").status == 0)
            #expect(try container.run("sh", "-c", ": > /probe").status != 0)
            #expect(try container.run("holdfast", "status").output.contains("hfc1"))

            try container.configure(
                "captures: { all: { interface: hfc1 }, more: { interface: hfc1, snap-length: 64 } }")
            try container.send("HUP")
            try container.wait(event: "reloaded")
            try Generator(Containers.frames, on: link.near, rate: nil).send(1000..<2000)
            try container.send("TERM")
            #expect(try container.exitCode() == 0)
            let log = try container.log
            #expect(log.isBalanced && log.losses == 0, "\(log.text)")
            #expect(log.capture("all")?.written == 2000 && log.capture("more")?.written == 1000, "\(log.text)")
            let segments = try container.segments(of: "all")
            let found = try FrameCheck(Containers.frames, in: segments.paths)
            #expect(found.isPrefix && found.count == 2000 && segments.parts.isEmpty)
            // Every line is the daemon's, as JSON.
            #expect(log.entries.allSatisfy { !$0.level.isEmpty }, "\(log.text)")
        }

        @Test("Process 1 leaves no zombies: neither of its own helper nor of processes that lose their parents")
        func orphans() throws {
            let folder = try TemporaryFolder()
            let container = try Container(Containers.all, in: folder.path)
            try container.wait(event: "started")
            let process = try container.process
            // The shell ends at once, and its child becomes a child of process 1.
            for _ in 0..<5 { #expect(try container.run("sh", "-c", "sleep 0.2 & :").status == 0) }
            var helpers: [Child] = []
            try eventually("the helper alone") {
                helpers = try children(of: process)
                return helpers.count == 1
            }
            let helper = helpers[0]
            kill(helper.id, SIGKILL)
            try eventually("no zombie") {
                try children(of: process).allSatisfy { $0.id != helper.id && $0.state != "Z" }
            }
            try container.send("TERM")
            #expect(try container.exitCode() == 0)
        }

        @Test(
            "Liveness and readiness answer over TCP in the container's network", .enabled(if: Requirement.curl))
        func health() throws {
            let folder = try TemporaryFolder()
            let container = try Container(Containers.all + "\nmetrics: { listen: 127.0.0.1:9718 }", in: folder.path)
            try container.wait(event: "started")
            func status(_ path: String) throws -> String {
                let address = "http://127.0.0.1:9718\(path)"
                return try container.inNetwork("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", address).output
            }
            #expect(try status("/healthz") == "200" && status("/readyz") == "503")
            let link = try VethPair("hfc0", "hfc1")
            try container.take(link.far)
            try Command.ip("link set \(link.near) up")
            try eventually("readiness") { try status("/readyz") == "200" }
            #expect(try status("/healthz") == "200" && status("/metrics") == "200")
            try container.send("TERM")
            #expect(try container.exitCode() == 0)
        }

        /// A limit of the container.
        enum Limit: CustomTestStringConvertible {
            case processes(Int)
            /// MiB.
            case memory(Int)

            var options: [String] {
                switch self {
                case .processes(let count): ["--pids-limit", "\(count)"]
                case .memory(let size): ["--memory", "\(size)m", "--memory-swap", "\(size)m"]
                }
            }
            /// The reason in the log.
            var reason: String {
                switch self {
                case .processes: "Resource temporarily unavailable"
                case .memory: "Cannot allocate memory"
                }
            }
            var testDescription: String { options.joined(separator: " ") }
        }

        private static let limits: [Limit] =
            [4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32].map { .processes($0) }
            + [12, 16, 20, 24, 32, 48, 64, 96].map { .memory($0) }

        @Test(
            "With few threads or little memory the daemon keeps what it captures, or ends with 1 and a reason",
            arguments: limits)
        func scarcity(limit: Limit) throws {
            let folder = try TemporaryFolder()
            let container = try Container(
                """
                ring: { size: 4MiB, block: 512KiB }
                buffers: { size: 4MiB }
                captures: { all: { interface: "hfc*b", rotate: { size: 1MiB } } }
                """, in: folder.path, limit.options)
            try eventually("it to capture or to end", within: 60) {
                try !container.isRunning || !container.log.events("started").isEmpty
            }
            guard try container.isRunning else {
                let (code, log) = (try container.exitCode(), try container.log)
                print("CONTAINER \(limit.testDescription): exit code \(code), \(log.lines.last ?? "")")
                #expect(code == 1 && log.lines.contains { $0.contains(limit.reason) }, "\(log.text)")
                return
            }
            // Interfaces come one after the other. What was captured before stays captured.
            let first = try VethPair("hfc0a", "hfc0b")
            let second = try VethPair("hfc1a", "hfc1b")
            let third = try VethPair("hfc2a", "hfc2b")
            let ends: [(near: String, far: String)] = [
                (first.near, first.far), (second.near, second.far), (third.near, third.far),
            ]
            var captured: [(near: String, far: String)] = []
            for end in ends {
                try container.take(end.far)
                try Command.ip("link set \(end.near) up")
                try eventually("a capture or a reason") {
                    let log = try container.log
                    return !log.events("capturing", interface: end.far).isEmpty
                        || !log.events("failed", interface: end.far).isEmpty
                }
                if try !container.log.events("capturing", interface: end.far).isEmpty { captured.append(end) }
                // More than the buffers hold.
                for end in captured {
                    try Generator(Containers.large, on: end.near, rate: 20_000).send(0..<8000)
                }
            }
            let isRunning = try container.isRunning
            #expect(isRunning)
            if isRunning { try container.send("TERM") }
            let (code, log) = (try container.exitCode(), try container.log)
            print("CONTAINER \(limit.testDescription): captures on \(captured.count) of 3, exit code \(code)")
            // Without a capture there is nothing to balance.
            #expect(code == 0 && (captured.isEmpty || log.isBalanced), "\(log.text)")
            for end in captured { #expect(log.capture("all", on: end.far)?.written ?? 0 > 0, "\(log.text)") }
            #expect(log.events("suspended").isEmpty, "\(log.text)")
            if captured.count < ends.count {
                #expect(log.events("failed").contains { $0.message.contains(limit.reason) }, "\(log.text)")
            }
        }

        private struct Child {
            let id: Int32
            let state: String
        }

        private func children(of process: Int32) throws -> [Child] {
            try Command.run("ps", ["-o", "pid=,state=", "--ppid", "\(process)"]).output
                .split(separator: "\n").compactMap { line in
                    let words = line.split(separator: " ")
                    guard words.count == 2, let id = Int32(words[0]) else { return nil }
                    return Child(id: id, state: String(words[1]))
                }
        }
    }
}
