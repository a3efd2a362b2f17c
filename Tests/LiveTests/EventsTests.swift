import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Clients that follow events.
    @Suite struct Events {
        @Test("Events arrive in order with the text and numbers of the log, and a returning client misses none")
        func follow() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing("captures: { one: { interface: hfe1 } }", in: folder.path)
            var reader = try EventReader.follow(daemon)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<10)
            _ = try await daemon.quietStatus(after: 10)
            _ = try await daemon.client.rotate("one")
            let sealed = try reader.next("sealed")
            #expect(sealed["capture"] == "one" && sealed["interface"] == "hfe1" && sealed["level"] == "info")
            let seq = try #require(sealed["seq"].flatMap { Int($0) })
            try Command.ip("link set \(link.far) down")
            let gap = try reader.next("gap")
            #expect(gap["cause"] == "interface-gone" && gap["state"] == "begin" && gap["capture"] == "one")
            // Only events after that number arrive again.
            var again = try EventReader.follow(daemon, after: seq)
            var next = try again.next()
            #expect(next["seq"] == "\(seq + 1)")
            while next["event"] != "gap" { next = try again.next() }
            #expect(next["episode"] == gap["episode"] && next["seq"] == gap["seq"])
            // A number of another run has no meaning. Every stored event arrives, after a line about the missing ones.
            var other = try EventReader.follow(daemon, after: 1_000_000)
            #expect(try other.next()["event"] == "missed")
            // While there are no events, the daemon sends heartbeats.
            _ = try reader.next("alive")
            try daemon.stop()
        }

        @Test("Sixteen clients can follow, a slow one affects only itself, and other clients are served")
        func slowClients() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfe0", "hfe1")
            let daemon = try Daemon.capturing(
                "captures: { one: { interface: hfe1, rotate: { packets: 1 }, keep: { files: 5 } } }", in: folder.path)
            guard let slow = RawClient(daemon.socket) else { throw Late(what: "a connection") }
            slow.send(Array("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            var reader = try EventReader.follow(daemon)
            try Generator(FrameSequence(), on: link.near, rate: 200).send(0..<600)
            _ = try await daemon.quietStatus(after: 600)
            var (seen, missed) = (0, 0)
            // The last segment is open until the next packet. If the reader waits for it in vain, the test ends.
            let deadline = Date(timeIntervalSinceNow: 60)
            while seen + missed < 599 {
                guard Date() < deadline else { throw Late(what: "599 events; \(seen) seen, \(missed) missed") }
                let event = try reader.next()
                if event["event"] == "sealed" { seen += 1 }
                if event["event"] == "missed" { missed += event["count"].flatMap { Int($0) } ?? 0 }
            }
            #expect(seen > 0)
            if Requirement.curl {
                var open: [Int: Int] = [:]
                let (api, socket) = (try OpenAPI(), daemon.socket)
                let wrong = try Curl.ask(socket, "GET", "/v1/events?since=3")
                #expect(wrong.status == 400)
                #expect(try api.complaints(about: wrong, to: "get", "/v1/events").isEmpty)
                // Two clients already follow.
                for number in 0..<20 {
                    let code = try Command.run(
                        "curl",
                        [
                            "-s", "--max-time", "1", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", socket,
                            "http://x/v1/events?after=0",
                        ]
                    ).output
                    open[Int(code) ?? 0, default: 0] += 1
                    if number == 0 { #expect(code == "200") }
                }
                #expect(Set(open.keys).isSubset(of: [200, 503]))
            }
            try daemon.stop()
            let isClosed = slow.isClosed
            #expect(isClosed)
        }
    }
}
