import Control
import Counters
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The control interface, from the view of a client.
    @Suite(.enabled(if: Requirement.curl)) struct ControlInterface {
        private static let frames = FrameSequence([.udp, .tcp])
        private static let configuration = """
            filters: { udp: udp }
            captures:
              all: { interface: hfk1, rotate: { size: 64MiB } }
              udp: { interface: "hfk*", filter: udp, format: pcapng }
              later: { interface: hfnone }
            """

        @Test("Every answer matches openapi.yaml, and every wrong request is refused with a message")
        func answers() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let daemon = try Daemon.capturing(ControlInterface.configuration, in: folder.path)
            try Generator(ControlInterface.frames, on: link.near, rate: nil).send(0..<1000)
            let (socket, api) = (Daemon.socket(in: folder.path), try OpenAPI())
            let asked: [(String, String, Int, described: String)] = [
                ("GET", "/v1/status", 200, "/v1/status"),
                ("POST", "/v1/captures/all/rotate", 200, "/v1/captures/{name}/rotate"),
                ("GET", "/v1/status?after=rotate", 200, "/v1/status"),
                ("POST", "/v1/reload", 200, "/v1/reload"),
                ("GET", "/metrics", 200, "/metrics"),
                ("POST", "/v1/captures/al/rotate", 404, "/v1/captures/{name}/rotate"),
                ("POST", "/v1/captures/../rotate", 404, "/v1/captures/{name}/rotate"),
                ("GET", "/v1/reload", 405, "/v1/status"),
                ("POST", "/v1/status", 405, "/v1/status"),
                ("DELETE", "/metrics", 405, "/metrics"),
                ("GET", "/", 404, "/metrics"),
                ("GET", "/v2/status", 404, "/metrics"),
            ]
            for (method, path, status, described) in asked {
                let answer = try Curl.ask(socket, method, path, "--path-as-is")
                #expect(answer.status == status, "\(method) \(path): \(answer.body)")
                let verb = described.hasSuffix("reload") || described.hasSuffix("rotate") ? "post" : "get"
                let complaints = try api.complaints(about: answer, to: verb, described)
                #expect(complaints.isEmpty, "\(method) \(path): \(complaints.joined(separator: "; "))")
                #expect(status == 200 || answer.body.hasPrefix("{\"error\":\""), "\(answer.body)")
            }
            #expect(try Curl.ask(socket, "POST", "/v1/captures/al/rotate").body.contains("did you mean 'all'?"))
            try daemon.stop()
        }

        @Test("A reload answers when it is applied, or with every error and without any change")
        func reload() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            let one = "captures: { one: { interface: hfk1 } }"
            let daemon = try Daemon.capturing(one, in: folder.path)
            let api = try OpenAPI()

            try daemon.configure("captures: { one: { interfase: hfk1 }, two: { interface: hfk1, flush: 1 } }")
            let refused = try Curl.ask(Daemon.socket(in: folder.path), "POST", "/v1/reload")
            #expect(refused.status == 422)
            #expect(try api.complaints(about: refused, to: "post", "/v1/reload").isEmpty)
            for mistake in [
                ":2:20: unknown key 'interfase'", ":2:13: 'interface' is missing", ":2:70: 'flush' must be ",
            ] {
                #expect(refused.body.contains(mistake), "\(refused.body)")
            }
            let command = try daemon.holdfast("reload")
            #expect(command.status == 78 && command.errors.contains(":2:20: unknown key 'interfase'"))
            let rejection = "reload rejected: the running configuration is unchanged\n"
            #expect(command.errors.hasSuffix(rejection), "\(command.errors)")
            var status = try await daemon.client.status()
            #expect(status.captures.map(\.name) == ["one"] && status.configuration.failedReloads == 2)

            try daemon.configure("captures: { one: { interface: hfk1 }, two: { interface: hfk1 } }")
            #expect(try Curl.ask(Daemon.socket(in: folder.path), "POST", "/v1/reload").status == 200)
            try Generator(ControlInterface.frames, on: link.near, rate: nil).send(0..<100)
            status = try await daemon.quietStatus(after: 100)
            #expect(status.captures.map { $0.interfaces.map { $0[.written] } } == [[100], [100]])
            #expect(status.configuration.reloads == 1)
            try daemon.stop()
        }

        @Test("A rotation seals every packet that arrived before it, and loses nothing under load")
        func rotation() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            // A rotation uses a buffer, however little it contains. There are enough of them while a busy disk syncs
            // files.
            let buffers = "buffers: { size: 1MiB, count: 42 }\n"
            let daemon = try Daemon.capturing(buffers + ControlInterface.configuration, in: folder.path)
            try Generator(ControlInterface.frames, on: link.near, rate: nil).send(0..<500)
            let first = try await daemon.client.rotate("all").segments
            #expect(try Inspection.packetCounts(first) == [500])

            let traffic = try Generator(ControlInterface.frames, on: link.near, rate: 20_000).start(500..<10_000_000)
            #expect(staysTrue(for: 0.3) { daemon.isRunning })
            var ended = first
            for _ in 0..<20 {
                ended += try await daemon.client.rotate("all").segments
                #expect(FileManager.default.fileExists(atPath: ended[ended.count - 1]))
                _ = try await daemon.client.rotate("udp")
            }
            let sent = 500 + (try traffic.stop().sent)
            let empty = try await daemon.client.rotate("later").segments
            #expect(empty.isEmpty)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let segments = try Segments(in: folder.path + "/all")
            let found = try FrameCheck(ControlInterface.frames, in: segments.paths)
            #expect(found.isPrefix && found.count == sent, "\(found.count) of \(sent)")
            #expect(Array(segments.paths.prefix(ended.count)) == ended && ended.count > 2)
            #expect(segments.names.count - ended.count <= 1)
        }

        @Test("Metrics equal the status, and promtool accepts them")
        func metrics() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfk0", "hfk1")
            try Command.ip("link set lo up")
            let daemon = try Daemon.capturing(
                ControlInterface.configuration + "\nmetrics: { listen: 127.0.0.1:9718 }", in: folder.path)
            try Generator(ControlInterface.frames, on: link.near, rate: nil).send(0..<1000)
            let status = try await daemon.quietStatus(after: 1000)
            let answer = try Curl.ask("127.0.0.1:9718", "GET", "/metrics")
            let samples = Samples(answer.body)
            let all = try #require(status.captures[0].interfaces.first)
            let labels = "{capture=\"all\",interface=\"hfk1\"}"
            #expect(samples["holdfast_matched_packets_total" + labels] == 1000)
            #expect(samples["holdfast_written_packets_total" + labels] == Double(all[.written]))
            #expect(samples["holdfast_matched_bytes_total" + labels] == all.packetSizes.sum)
            #expect(samples["holdfast_received_packets_total{interface=\"hfk1\"}"] == 1000)
            #expect(samples["holdfast_lost_packets_total{interface=\"hfk1\",cause=\"ring_dropped\"}"] == 0)
            #expect(samples["holdfast_capture_state{capture=\"later\",state=\"waiting\"}"] == 1)
            #expect(samples["holdfast_write_seconds_count" + labels] == Double(all.writes.counts.reduce(0, +)))
            #expect(try Curl.ask(Daemon.socket(in: folder.path), "GET", "/metrics").body.contains(labels))
            // Over TCP, the daemon serves nothing else.
            #expect(try Curl.ask("127.0.0.1:9718", "GET", "/v1/status").status == 404)
            #expect(try Curl.ask("127.0.0.1:9718", "POST", "/v1/reload").status == 404)
            if Requirement.promtool {
                let file = folder.path + "/metrics"
                try answer.body.write(toFile: file, atomically: true, encoding: .utf8)
                let check = try Command.run("sh", ["-c", "\(Requirement.promtoolPath ?? "") check metrics < \(file)"])
                #expect(check.status == 0 && check.errors == "" && check.output == "", "\(check.errors)\(check.output)")
            }
            try daemon.stop()
        }
    }
}

/// The samples of a scrape, by name and labels.
private struct Samples {
    private var values: [String: Double] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let blank = line.lastIndex(of: " ") else { continue }
            values[String(line[..<blank])] = Double(line[line.index(after: blank)...])
        }
    }

    subscript(name: String) -> Double? { values[name] }
}
