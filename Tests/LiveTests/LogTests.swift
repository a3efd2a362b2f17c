import Control
import Foundation
import Testing
import Traffic

extension Live {
    /// The log under load and without a reader.
    @Suite struct Log {
        @Test("Segments sealed hundreds of times per second have limited log lines, and the rest is counted")
        func limit() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfg0", "hfg1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfg1, rotate: { packets: 1 }, sync: none } }", in: folder.path)
            try Generator(FrameSequence(), on: link.near, rate: 500, batch: 1).send(0..<300)
            let log = try daemon.stop()
            let lines = log.events("sealed", capture: "all", interface: "hfg1").count
            let suppressed = log.events("suppressed").filter { $0["about"] == "sealed, all on hfg1" }
            let leftOut = suppressed.map { $0.number("lines") }
            let files = try Segments(in: folder.path + "/all").names.count
            print("LOG: \(files) files, \(lines) lines, left out \(leftOut)")
            #expect(lines >= 60 && lines < files && lines + leftOut.reduce(0, +) == files)
        }

        @Test(
            "If standard error is a full pipe, the daemon starts, answers, rotates and stops",
            arguments: [SIGTERM, SIGINT])
        func stalledPipe(signal: Int32) async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfg0", "hfg1")
            let pipe = folder.path + "/errors"
            try #require(unsafe mkfifo(pipe, 0o600) == 0)
            let reader = unsafe open(pipe, O_RDWR | O_NONBLOCK)
            defer { close(reader) }
            let block = [UInt8](repeating: UInt8(ascii: "x"), count: 4096)
            for size in [4096, 1] { while unsafe write(reader, block, size) > 0 {} }

            let path = folder.path + "/holdfast.yaml"
            let configuration = "captures: { all: { interface: hfg1 }, more: { interface: hfg1 } }"
            try Daemon.text(configuration, in: folder.path).write(toFile: path, atomically: true, encoding: .utf8)
            let daemon = try ChildProcess(Daemon.binary, ["--config", path], output: "/dev/null", errors: pipe)
            let client = ControlClient(socket: Daemon.socket(in: folder.path))
            try await eventuallyAnswers(client)
            try waitForTap(on: link.far)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            for _ in 0..<20 {
                _ = try await client.rotate("all")
                _ = try await client.reload()
            }
            kill(daemon.id, signal)
            try eventually("its end", within: 30) { !daemon.isRunning }
            #expect(daemon.exitCode == 0)
            #expect(try FrameCheck(FrameSequence(), in: Segments(in: folder.path + "/all").paths).count == 100)
        }

        @Test("With 'log: json' every line is a JSON object with its fields, also those about errors in the file")
        func json() async throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfg0", "hfg1")
            let path = folder.path + "/holdfast.yaml"
            let output = folder.path + "/log"
            func configure(_ text: String) throws {
                try Daemon.text(text, in: folder.path).write(toFile: path, atomically: true, encoding: .utf8)
            }
            func start() throws -> ChildProcess {
                try ChildProcess(Daemon.binary, ["--config", path], output: "/dev/null", errors: output)
            }
            func objects() throws -> [[String: Any]?] {
                try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map {
                    try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }
            }

            try configure("captures: { all: { interfase: hfg1 } }\nlog: json")
            let wrong = try start()
            try eventually("its end") { !wrong.isRunning }
            #expect(wrong.exitCode == 78)
            let refusal = try objects()
            #expect(!refusal.isEmpty && refusal.allSatisfy { $0?["level"] as? String == "error" })

            try configure("captures: { all: { interface: hfg1 } }\nlog: json")
            let daemon = try start()
            let client = ControlClient(socket: Daemon.socket(in: folder.path))
            try await eventuallyAnswers(client)
            try waitForTap(on: link.far)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            _ = try await client.rotate("all")
            try eventually("the line about the segment") {
                try objects().contains { $0?["event"] as? String == "sealed" && $0?["packets"] as? Int == 100 }
            }
            #expect(try objects().allSatisfy { $0?["time"] is String && $0?["message"] is String })

            // A reload changes the form.
            try configure("captures: { all: { interface: hfg1 } }")
            _ = try await client.reload()
            kill(daemon.id, SIGTERM)
            try eventually("its end", within: 30) { !daemon.isRunning }
            #expect(daemon.exitCode == 0)
            let last = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").last ?? ""
            #expect(last.hasSuffix("Z info: stopped"), "\(last)")
        }

        private func eventuallyAnswers(_ client: ControlClient) async throws {
            let deadline = Date(timeIntervalSinceNow: 20)
            while true {
                if let status = try? await client.status(), status.state == .capturing { return }
                guard Date() < deadline else { throw Late(what: "an answer") }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
