import HTTPTypes
import HummingbirdCore
import NIOCore

/// The response to a client that follows events: one line per event, as long as the client reads.
struct EventStream: Sendable {
    /// Seconds without an event until an `alive` line is sent.
    private static let keepAlive = 5

    let hub: EventHub
    let number: Int
    let lines: AsyncStream<[UInt8]>

    static let head = HTTPResponse(
        status: .ok, headerFields: [.contentType: "application/x-ndjson", .cacheControl: "no-store"])

    /// Writes until the client disconnects or the daemon ends. Only this function waits for a slow client.
    @concurrent func write(with writer: consuming ResponseWriter) async throws {
        let beating = Task { [hub, number] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(EventStream.keepAlive))
                hub.keepAlive(number)
            }
        }
        defer {
            beating.cancel()
            hub.close(number)
        }
        var body = try await writer.writeHead(EventStream.head)
        for await line in lines { try await body.write(ByteBuffer(bytes: line)) }
        try await body.finish(nil)
    }
}
