import Control
import Foundation
import Testing

@testable import Daemon

@Suite("Events for clients that follow them")
struct EventHubTests {
    private func object(_ line: [UInt8]) throws -> [String: String] {
        let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] ?? [:]
        return object.mapValues { "\($0)" }
    }

    /// The lines of a stream that has been closed, without its first line.
    private func rest(_ hub: EventHub, _ stream: (number: Int, lines: AsyncStream<[UInt8]>)) async throws -> [[String:
        String]]
    {
        hub.close(stream.number)
        var lines: [[String: String]] = []
        for await line in stream.lines { lines.append(try object(line)) }
        #expect(lines.first?["event"] == "alive" && lines.first?["run"] == "r")
        return Array(lines.dropFirst())
    }

    @Test("Events are numbered and have their fields, with numbers as numbers")
    func numbered() async throws {
        let hub = EventHub(run: "r")
        hub.publish("before")
        let stream = try #require(hub.open(after: nil))
        hub.publish("loss", ["packets": .number(7), "capture": .text("12"), "to": .unknown])
        hub.keepAlive(stream.number)
        let lines = try await rest(hub, stream)
        #expect(lines.map { $0["event"] } == ["loss", "alive"] && lines.map { $0["seq"] } == ["2", "2"])
        #expect(lines[0]["packets"] == "7" && lines[0]["capture"] == "12" && lines[0]["time"]?.hasSuffix("Z") == true)
        #expect(lines[0]["to"] == "<null>")
    }

    @Test("A client that reconnects gets the events that it missed, and the number of those that were not kept")
    func resumed() async throws {
        let hub = EventHub(run: "r")
        for _ in 0..<EventHub.historyLength + 10 { hub.publish("sealed") }
        let all = EventHub.historyLength + 10
        let recent = try await rest(hub, try #require(hub.open(after: UInt64(all - 3))))
        #expect(recent.map { $0["seq"] } == ["\(all - 2)", "\(all - 1)", "\(all)"])
        let old = try await rest(hub, try #require(hub.open(after: 4)))
        #expect(old.count == EventHub.historyLength + 1 && old[0]["event"] == "missed" && old[0]["count"] == "6")
        #expect(old[1]["seq"] == "11" && old.last?["seq"] == "\(all)")
        let other = try await rest(hub, try #require(hub.open(after: UInt64(all + 1))))
        #expect(
            other.count == EventHub.historyLength + 1 && other[0]["event"] == "missed" && other[0]["count"] == "<null>")
        #expect(try await rest(hub, try #require(hub.open(after: UInt64(all)))).isEmpty)
    }

    @Test("A client that does not read has a bounded queue, learns how many events it missed, and delays no other")
    func overflow() async throws {
        let hub = EventHub(run: "r")
        let slow = try #require(hub.open(after: nil))
        let room = EventHub.queueLength + EventHub.historyLength + 2
        for _ in 0..<room + 100 { hub.publish("sealed") }
        let quick = try #require(hub.open(after: nil))
        hub.publish("last")
        #expect(try await rest(hub, quick).map { $0["event"] } == ["last"])
        var iterator = slow.lines.makeAsyncIterator()
        var read = 0
        // It reads again, and learns of the missed events first.
        for _ in 0..<10 where await iterator.next() != nil { read += 1 }
        hub.publish("after")
        hub.close(slow.number)
        var events: [String] = []
        var missed = 0
        while let line = await iterator.next() {
            let fields = try object(line)
            events.append(fields["event"] ?? "")
            if fields["event"] == "missed" { missed = Int(fields["count"] ?? "") ?? 0 }
        }
        #expect(read == 10 && events.suffix(2) == ["missed", "after"])
        // Every event published meanwhile is read or counted as missed. The first line of the stream is not an event.
        #expect(missed + events.count { $0 == "sealed" || $0 == "last" } + read - 1 == room + 101)
    }

    @Test("At most sixteen clients follow, and one that leaves makes room")
    func limit() throws {
        let hub = EventHub(run: "r")
        let streams = (0..<EventHub.mostStreams).map { _ in hub.open(after: nil) }
        #expect(streams.allSatisfy { $0 != nil } && hub.open(after: nil) == nil)
        hub.close(try #require(streams[3]).number)
        #expect(hub.open(after: nil) != nil && hub.open(after: nil) == nil)
    }
}
