import Control
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// The response to a client's request.
struct Answer: Sendable {
    private var head: HTTPResponse
    private let body: ByteBuffer
    /// Replaces the body with events, as long as the client reads.
    private var stream: EventStream?
    /// Whether the server closes the connection after the response.
    private var isLast = false

    private init(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) {
        head = HTTPResponse(
            status: status,
            headerFields: [.contentType: type, .contentLength: String(body.readableBytes), .cacheControl: "no-store"])
        self.body = body
    }

    /// A success with a value, as JSON.
    static func json(_ value: some Encodable) throws -> Answer {
        Answer(.ok, "application/json", ByteBuffer(bytes: try Coding.encode(value)))
    }

    /// The metrics of a status.
    static func metrics(_ status: Status) -> Answer {
        Answer(.ok, "text/plain; version=0.0.4; charset=utf-8", ByteBuffer(string: Metrics(of: status).text))
    }

    /// The daemon's health: 200 if it is well, else 503.
    static func health(_ health: Health) throws -> Answer {
        let status: HTTPResponse.Status = health.status == .ok ? .ok : .serviceUnavailable
        return Answer(status, "application/json", ByteBuffer(bytes: try Coding.encode(health)))
    }

    /// A stream of events.
    static func events(_ stream: EventStream) -> Answer {
        var answer = Answer(.ok, "application/x-ndjson", ByteBuffer())
        answer.stream = stream
        return answer
    }

    /// A refusal with its reasons.
    static func refusal(_ status: HTTPResponse.Status, _ refused: CommandRefusal) -> Answer {
        let body = (try? Coding.encode(refused)) ?? []
        return Answer(status, "application/json", ByteBuffer(bytes: body))
    }

    static func refusal(_ status: HTTPResponse.Status, _ sentence: String) -> Answer {
        refusal(status, CommandRefusal(sentence))
    }

    /// The response to bytes that are not HTTP, or that stop being HTTP.
    static func malformed(_ error: (any Error)?) -> Answer {
        refusal(.badRequest, "this is not an HTTP/1.1 request" + (error.map { ": \($0)" } ?? ""))
    }

    var status: HTTPResponse.Status { head.status }

    /// The response to a command with this result.
    init(of result: Result<some Encodable, ControlFailure>) throws {
        switch result {
        case .success(let value): self = try .json(value)
        case .failure(.unknown(let sentence)): self = .refusal(.notFound, sentence)
        case .failure(.wrong(let reasons)):
            let sentence = "not reloaded: the captures go on as they are"
            self = .refusal(.unprocessableContent, CommandRefusal(sentence, mistakes: reasons))
        case .failure(.failed(let sentence)): self = .refusal(.internalServerError, sentence)
        case .failure(.late(let sentence)): self = .refusal(.gatewayTimeout, sentence)
        case .failure(.stopping): self = .refusal(.serviceUnavailable, "the daemon is stopping")
        }
    }

    /// The path exists, but does not accept the method.
    static func wrongMethod(_ right: HTTPRequest.Method) -> Answer {
        var answer = refusal(.methodNotAllowed, "this takes \(right), and nothing else")
        answer.head.headerFields[.allow] = right == .get ? "GET, HEAD" : right.rawValue
        return answer
    }

    /// The same response; the server then closes the connection.
    var andClose: Answer {
        var answer = self
        answer.isLast = true
        answer.head.headerFields[.connection] = "close"
        return answer
    }

    var parts: [HTTPResponsePart] { [.head(andClose.head), .body(body), .end(nil)] }

    /// Writes the response. For HEAD it writes only the header, which has the length of the body. See RFC 9110, 9.3.2.
    @concurrent func write(with writer: consuming ResponseWriter, isHead: Bool) async throws {
        if let stream, !isHead { return try await stream.write(with: writer) }
        if isHead {
            if let stream { stream.hub.close(stream.number) }
            try await writer.writeResponse(head)
        } else {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        }
        if isLast { throw Closing() }
    }

    /// Thrown to make the server close the connection.
    private struct Closing: Error {}
}
