import Foundation
import TestSupport
import Traffic

/// Follows the events of a daemon over its control socket, as curl does.
struct EventReader: ~Copyable {
    private let client: RawClient
    private var rest: [UInt8] = []

    private init(_ client: consuming RawClient) { self.client = client }

    /// Follows the events from now on, or the events after number `after`.
    static func follow(_ daemon: Daemon, after: Int? = nil) throws -> EventReader {
        guard let client = RawClient(daemon.socket) else { throw Late(what: "a connection") }
        let query = after.map { "?after=\($0)" } ?? ""
        client.send(Array("GET /v1/events\(query) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        var reader = EventReader(client)
        // The first line shows that the daemon accepted the request.
        _ = try reader.next("alive")
        return reader
    }

    /// Returns the next event with that name, with its fields as text. Skips other events.
    mutating func next(_ name: String) throws -> [String: String] {
        while true {
            let fields = try next()
            if fields["event"] == name { return fields }
        }
    }

    /// Returns the next event.
    mutating func next() throws -> [String: String] {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                // The header and the chunks contain lines of other kinds.
                guard line.first == UInt8(ascii: "{") else { continue }
                let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] ?? [:]
                return object.mapValues { "\($0)" }
            }
            guard let bytes = client.receive() else { throw Late(what: "an event") }
            rest += bytes
        }
    }
}
