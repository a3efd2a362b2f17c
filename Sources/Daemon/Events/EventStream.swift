import HTTPTypes
import HummingbirdCore
import NIOCore

/// The answer to a client that follows events: a line for each, for as long as it reads.
struct EventStream: Sendable {
    /// Seconds without an event after which a line says that the daemon is there.
    private static let keepAlive = 5

    let hub: EventHub
    let number: Int
    let lines: AsyncStream<[UInt8]>

    static let head = HTTPResponse(
        status: .ok, headerFields: [.contentType: "application/x-ndjson", .cacheControl: "no-store"])

    /// Writes until the client has gone, or the daemon ends. A client that does not read is waited for here, and nowhere else.
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
