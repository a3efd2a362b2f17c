import BasicContainers
import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A machine with too little of a resource. The daemon captures as far as it can, or ends with an exit code and a
    /// reason. No signal ends it, and it always stops on request.
    @Suite(.enabled(if: Requirement.prlimit && Requirement.setpriv)) struct Scarcity {
        private static let frames = FrameSequence()
        /// A user ID that no other process has, because threads are counted per user.
        private static let user = "61234"

        /// The limit of a resource.
        enum Limit: CustomTestStringConvertible {
            case descriptors(Int), threads(Int)
            /// MiB of address space.
            case memory(Int)

            var option: String {
                switch self {
                case .descriptors(let count): "--nofile=\(count):\(count)"
                case .threads(let count): "--nproc=\(count):\(count)"
                case .memory(let size): "--as=\(size << 20):\(size << 20)"
                }
            }

            /// A reason contains one of these texts.
            var reasons: [String] {
                switch self {
                case .descriptors: ["Too many open files"]
                case .threads: ["Resource temporarily unavailable"]
                case .memory: ["Cannot allocate memory", "Resource temporarily unavailable"]
                }
            }

            var testDescription: String { option }
        }

        private static let limits: [Limit] =
            [8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 48, 56, 64].map { .descriptors($0) }
            + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24].map { .threads($0) }
            + [200, 250, 300, 350, 400, 500, 600, 800, 1000].map { .memory($0) }

        @Test("A daemon with few resources captures, or ends with a reason and exit code 1", arguments: limits)
        func table(limit: Limit) async throws {
            let folder = try TemporaryFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let first = try VethPair("hfy0a", "hfy0b")
            let second = try VethPair("hfy1a", "hfy1b")
            let third = try VethPair("hfy2a", "hfy2b")
            let fourth = try VethPair("hfy3a", "hfy3b")
            let senders = [first.near, second.near, third.near, fourth.near]
            let daemon = try Daemon(
                """
                ring: { size: 4MiB, block: 512KiB }
                buffers: { size: 512KiB }
                captures: { all: { interface: "hfy*b", rotate: { packets: 10 } } }
                """, in: folder.path,
                wrapper: [
                    "setpriv", "--reuid", Scarcity.user, "--regid", Scarcity.user, "--clear-groups", "--inh-caps",
                    "+net_raw",
                    "--ambient-caps", "+net_raw", "prlimit", limit.option,
                ])
            try eventually("it to capture or to end", within: 60) {
                !daemon.isRunning || !daemon.log.events("started").isEmpty
            }
            if daemon.isRunning {
                // The daemon opened as many taps as it could, and keeps what they capture, across several segments.
                let taps = try await daemon.client.status().interfaces.filter { !$0.taps.isEmpty }.map(\.interface)
                for sender in senders { try Generator(Scarcity.frames, on: sender, rate: nil).send(0..<100) }
                if !taps.isEmpty {
                    _ = try await daemon.quietStatus(after: UInt64(100 * taps.count), within: 30)
                }
                daemon.send(SIGTERM)
                let code = try daemon.exitCode()
                let log = daemon.log
                print("SCARCITY \(limit.option): captures on \(taps.count) of 4, exit code \(code)")
                #expect(code == 0, "\(log.text)")
                #expect(log.events("suspended").isEmpty, "\(log.text)")
                #expect(taps.allSatisfy { log.capture("all", on: $0)?.written ?? 0 >= 100 }, "\(log.text)")
                if taps.count < senders.count {
                    #expect(log.events("failed").contains { isReason($0.message, limit) }, "\(log.text)")
                }
            } else {
                let (code, log) = (try daemon.exitCode(), daemon.log)
                print("SCARCITY \(limit.option): exit code \(code), \(log.lines.last ?? "")")
                #expect(code == 1 || code == 127, "\(log.text)")
                #expect(log.lines.contains { isReason($0, limit) }, "\(log.text)")
            }
        }

        @Test("Clients that use every connection take no descriptors from segments")
        func clients() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfy0a", "hfy0b")
            let daemon = try Daemon(
                "captures: { all: { interface: hfy0b, rotate: { packets: 1 }, sync: none } }", in: folder.path,
                wrapper: ["prlimit", "--nofile=64:64"])
            try daemon.wait(event: "started")
            var clients = UniqueArray<RawClient>()
            for round in 0..<20 {
                for _ in 0..<10 {
                    guard let client = RawClient(Daemon.socket(in: folder.path)) else { continue }
                    client.send(Array("GET /v1/status HTTP/1.1\r\nHost: x\r\n".utf8))
                    clients.append(client)
                }
                let first = UInt64(round) * 10
                try Generator(Scarcity.frames, on: link.near, rate: nil).send(first..<first + 10)
            }
            let log = try daemon.stop()
            #expect(log.events("suspended").isEmpty && log.losses == 0, "\(log.text)")
            #expect(log.capture("all")?.written == 200)
        }

        @Test("A ring that exceeds the address space is made smaller, and the reason names memory")
        func ring() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfy0a", "hfy0b")
            func configuration(_ size: String) -> String {
                "ring: { size: \(size), block: 1MiB }\ncaptures: { all: { interface: hfy0b } }"
            }
            let small = try Daemon.capturing(configuration("4MiB"), in: folder.path)
            let peak = try #require(Int(ThreadStatus.all(of: small.id)[0]["VmPeak"].split(separator: " ")[0]))
            try small.stop()
            let limit = (peak << 10) + (200 << 20)
            let daemon = try Daemon(
                configuration("512MiB"), in: folder.path, wrapper: ["prlimit", "--as=\(limit):\(limit)"])
            try daemon.wait(event: "started")
            let line = try daemon.wait(event: "tap", interface: "hfy0b")
            #expect(line["cause"] == "memory", "\(line.message)")
            #expect(daemon.log.events("failed").isEmpty, "\(daemon.log.text)")
            try Generator(Scarcity.frames, on: link.near, rate: nil).send(0..<100)
            _ = try await daemon.quietStatus(after: 100)
            #expect(try daemon.stop().capture("all")?.written == 100)
        }

        private func isReason(_ line: String, _ limit: Limit) -> Bool { limit.reasons.contains { line.contains($0) } }
    }
}
