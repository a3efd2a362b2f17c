import Control
import Foundation
import Testing
import Traffic

extension Live {
    /// HTTP as its standard requires, where clients depend on details.
    @Suite struct HTTP {
        private static let configuration =
            "captures: { one: { interface: lo } }\nmetrics: { listen: 127.0.0.1:9719 }"

        /// The raw text of an answer.
        private struct RawAnswer {
            let head: String
            let body: String

            /// Reads the first answer in `text`; nil if none is complete.
            init?(_ text: String) {
                guard let end = text.range(of: "\r\n\r\n") else { return nil }
                (head, body) = (String(text[..<end.lowerBound]), String(text[end.upperBound...]))
            }

            var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }
            var sentence: String? { (try? JSONDecoder().decode(CommandRefusal.self, from: Data(body.utf8)))?.error }
        }

        private func ask(_ socket: String, _ request: String) throws -> [RawAnswer] {
            guard let client = RawClient(socket) else { throw Late(what: "a connection") }
            client.send(Array(request.utf8))
            guard let bytes = client.receiveAll() else { throw Late(what: "the end of the connection") }
            let text = String(decoding: bytes, as: UTF8.self)
            // A connection can have several answers. Each begins at the start of a line, because every body ends with
            // a newline.
            let parts = ("\n" + text).components(separatedBy: "\nHTTP/1.1 ").dropFirst()
            return parts.compactMap { RawAnswer("HTTP/1.1 " + $0) }
        }

        @Test("HEAD gets the headers of GET without a body, for refusals too")
        func head() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let daemon = try Daemon.capturing(HTTP.configuration, in: folder.path)
            for (path, status) in [("/v1/status", 200), ("/metrics", 200), ("/v1/reload", 405), ("/none", 404)] {
                let answers = try ask(
                    Daemon.socket(in: folder.path), "HEAD \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(answers.map(\.status) == [status] && answers.map(\.body) == [""], "\(answers)")
                #expect(answers.allSatisfy { $0.head.lowercased().contains("content-length: ") })
            }
            #expect(try daemon.stop().events("reloaded").isEmpty)
        }

        @Test(
            "/healthz and /readyz answer on both sockets, and /readyz follows the captures",
            .enabled(if: Requirement.curl), .enabled(if: Requirement.mount))
        func health() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let home = folder.path + "/one"
            let disk = try Tmpfs(home, size: "8m")
            let api = try OpenAPI()
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                captures: { one: { interface: hfh1, flush: 50ms } }
                metrics: { listen: 127.0.0.1:9719 }
                """, in: folder.path)
            let places = [Daemon.socket(in: folder.path), "127.0.0.1:9719"]
            func expect(_ path: String, _ status: Int, _ reason: String = "") throws {
                for place in places {
                    let answer = try Curl.ask(place, "GET", path)
                    #expect(answer.status == status, "\(path): \(answer)")
                    #expect(reason.isEmpty || answer.body.contains(reason), "\(path): \(answer)")
                    #expect(try api.complaints(about: answer, to: "get", path) == [])
                }
            }
            try expect("/healthz", 200)
            try expect("/readyz", 503, "one waits for interface hfh1")
            let link = try VethPair("hfh0", "hfh1")
            try waitForTap(on: link.far)
            try daemon.wait(event: "capturing", interface: "hfh1")
            try expect("/readyz", 200)
            let head = try ask(places[0], "HEAD /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(head.map(\.status) == [200] && head.map(\.body) == [""], "\(head)")

            let ballast = home + "/ballast"
            _ = try Command.run("dd", ["if=/dev/zero", "of=\(ballast)", "bs=64k"])
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            try daemon.wait(event: "suspended", capture: "one")
            try expect("/readyz", 503, "one on hfh1 is suspended (")
            try expect("/healthz", 200)
            try FileManager.default.removeItem(atPath: ballast)
            // A suspended capture tries its disk once a second, and only with packets.
            var sent: UInt64 = 100
            try eventually("packets that end the suspension") {
                try Generator(FrameSequence(), on: link.near, rate: nil).send(sent..<sent + 10)
                sent += 10
                return !daemon.log.events("resumed", capture: "one").isEmpty
            }
            try expect("/readyz", 200)
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
            withExtendedLifetime(disk) {}
        }

        @Test(
            "Input that is not HTTP gets status 400 and a message in JSON, also in the middle of a connection",
            arguments: [
                ("NONSENSE\r\n\r\n", [400]),
                ("G\u{1}T / HTTP/1.1\r\nHost: x\r\n\r\n", [400]),
                ("GET /v1/status HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n", [400]),
                ("POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", [400]),
                ("POST /v1/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", [400]),
                ("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\nNONSENSE\r\n\r\n", [200, 400]),
            ])
        func malformed(request: String, codes: [Int]) throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let daemon = try Daemon.capturing(HTTP.configuration, in: folder.path)
            let answers = try ask(Daemon.socket(in: folder.path), request)
            #expect(answers.map(\.status) == codes, "\(answers)")
            #expect(answers.last?.sentence?.hasPrefix("this is not an HTTP/1.1 request") == true, "\(answers)")
            #expect(try daemon.stop().events("reloaded").isEmpty)
        }

        @Test(
            "Metrics on the loopback address require its name as the host", .enabled(if: Requirement.curl))
        func host() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let daemon = try Daemon.capturing(HTTP.configuration, in: folder.path)
            for (name, status) in [
                ("127.0.0.1:9719", 200), ("localhost:9719", 200), ("LOCALHOST", 200), ("[::1]:9719", 200),
                ("attacker.example:9719", 421), ("attacker.example", 421), ("127.0.0.1.attacker.example", 421),
            ] {
                let answer = try Curl.ask("127.0.0.1:9719", "GET", "/metrics", "-H", "Host: \(name)")
                #expect(answer.status == status, "\(name): \(answer)")
                #expect((answer.type == "application/json") == (status != 200))
            }
            try daemon.stop()
        }

        @Test(
            "An address that the host does not have yet is served once it exists", .enabled(if: Requirement.curl))
        func lateAddress() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let daemon = try Daemon.capturing(
                "captures: { one: { interface: lo } }\nmetrics: { listen: 192.0.2.77:9719 }", in: folder.path)
            #expect(daemon.log.events("listening").filter { $0.level == "notice" }.count == 1, "\(daemon.log.text)")
            try Command.ip("address add 192.0.2.77/32 dev lo")
            defer { _ = try? Command.ip("address del 192.0.2.77/32 dev lo") }
            #expect(try Curl.ask("192.0.2.77:9719", "GET", "/metrics").status == 200)
            try daemon.stop()
        }
    }
}
