import BasicContainers
import Control
import Counters
import Foundation
import Linux
import TestSupport
import Testing
import Traffic

extension Live {
    /// Clients of the control socket that send nothing or nonsense while packets arrive. `make flood` runs the full
    /// size.
    @Suite struct Flood {
        private static let isWhole = ProcessInfo.processInfo.environment["HOLDFAST_FLOOD"]?.isEmpty == false
        private static let (silent, nonsense, rate) = isWhole ? (1000, 10_000, 200_000.0) : (200, 1000, 50_000.0)

        @Test(
            "Silent, slow and malformed clients lose no packet, use bounded memory, and block no other client"
        )
        func flood() async throws {
            Descriptor.raiseLimit()
            let folder = try TemporaryFolder()
            let link = try VethPair("hff0", "hff1")
            let frames = FrameSequence(sizes: 64...200)
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hff1, keep: { files: 4 } } }", in: folder.path)
            let socket = Daemon.socket(in: folder.path)
            _ = try await daemon.client.status()
            let before = try Footprint(of: daemon.id)
            // If the test throws before it ends the traffic, the traffic ends by itself.
            let traffic = try Generator(frames, on: link.near, rate: Flood.rate).start(0..<UInt64(Flood.rate * 60))

            var clients = UniqueArray<RawClient>()
            for index in 0..<Flood.silent {
                guard let client = RawClient(socket) else { continue }
                // Every third client has sent a request and does not read the answer.
                client.send(Array(["", "GET /v1/sta", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"][index % 3].utf8))
                clients.append(client)
            }
            #expect(clients.count == Flood.silent)
            var asked = try await daemon.client.status()
            var answers: [String: Int] = [:]
            for number in 0..<Flood.nonsense {
                answers[try #require(Flood.answer(to: Nonsense.request(number), at: socket)), default: 0] += 1
                // Clients that were not closed to make room send another byte.
                if number.isMultiple(of: 100) { for index in 0..<clients.count { clients[index].send([0x75]) } }
                if number.isMultiple(of: 250) { asked = try await daemon.client.status() }
            }
            let during = try Footprint(of: daemon.id)
            let sent = try traffic.stop().sent
            let closed = (0..<clients.count).count { clients[$0].isClosed }
            print(
                "FLOOD \(Flood.silent) silent clients, \(closed) of them closed, "
                    + "\(Flood.nonsense) malformed requests: \(answers); "
                    + "\(sent) frames sent; \(before) before, \(during) during")
            #expect(closed >= Flood.silent - 64)
            #expect(answers.keys.allSatisfy { ["400", "404", "405", "413", "501", "none"].contains($0) }, "\(answers)")
            #expect(during.files <= before.files + 70)
            #expect(during.own < before.own + 48 << 10)
            #expect(asked.state == .capturing)

            let status = try await daemon.quietStatus(after: sent)
            #expect(status.interfaces.map { $0[.received] } == [sent])
            #expect(status.lost == 0)
            #expect(status.captures.flatMap(\.interfaces).map { $0[.written] } == [sent])
            while clients.popLast() != nil {}
            // In addition to the connections, one more segment is open than before.
            try eventually("the end of all connections") {
                try Footprint(of: daemon.id).files < before.files + 16
            }
            let log = try daemon.stop()
            #expect(log.losses == 0)
        }

        /// The status code of a request, or `none` if the connection closes without an answer; nil if it does not
        /// close.
        private static func answer(to request: [UInt8], at socket: String) -> String? {
            guard let client = RawClient(socket) else { return "refused" }
            client.send(request)
            guard let answer = client.receiveAll() else { return nil }
            let words = String(decoding: answer.prefix(64), as: UTF8.self).split(separator: " ")
            return words.count > 1 && words[0] == "HTTP/1.1" ? String(words[1]) : "none"
        }
    }
}

/// Malformed requests, and requests that no client would send.
enum Nonsense {
    static func request(_ number: Int) -> [UInt8] {
        var random = SeededGenerator(stream: UInt64(number))
        switch number % 10 {
        case 0: return (0..<1000).map { _ in UInt8(truncatingIfNeeded: random.next()) } + Array("\r\n\r\n".utf8)
        case 1: return Array("GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\n\r\n".utf8)
        case 2: return head("GET /v1/status", "X: \(String(repeating: "b", count: 50_000))")
        case 3:
            return Array("GET /v1/status HTTP/1.1\r\n".utf8) + Array(String(repeating: "A: b\r\n", count: 5000).utf8)
        case 4: return head("POST /v1/reload", "Content-Length: -1")
        case 5: return head("POST /v1/reload", "Content-Length: 9999999999") + [UInt8](repeating: 0, count: 20_000)
        case 6: return head("POST /v1/reload", "Transfer-Encoding: chunked") + Array("ZZZ\r\n".utf8)
        case 7: return head("GET /v1/captures/../../etc/passwd", "Connection: close")
        case 8: return head("BREW /v1/status", "Connection: close")
        // A TLS handshake.
        default: return [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]
        }
    }

    private static func head(_ line: String, _ field: String) -> [UInt8] {
        Array("\(line) HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n".utf8)
    }
}
