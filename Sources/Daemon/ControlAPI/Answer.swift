import Control
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// What a client gets.
struct Answer: Sendable {
    private var head: HTTPResponse
    private let body: ByteBuffer
    /// What takes the place of a body, for as long as the client reads.
    private var stream: EventStream?
    /// Nothing else is read from this connection.
    private var isLast = false

    private init(_ status: HTTPResponse.Status, _ type: String, _ body: ByteBuffer) {
        head = HTTPResponse(
            status: status,
            headerFields: [.contentType: type, .contentLength: String(body.readableBytes), .cacheControl: "no-store"])
        self.body = body
    }

    /// Done: the value, as JSON.
    static func json(_ value: some Encodable) throws -> Answer {
        Answer(.ok, "application/json", ByteBuffer(bytes: try Coding.encode(value)))
    }

    /// The metrics of a status.
    static func metrics(_ status: Status) -> Answer {
        Answer(.ok, "text/plain; version=0.0.4; charset=utf-8", ByteBuffer(string: Metrics(of: status).text))
    }

    /// Events, as they come.
    static func events(_ stream: EventStream) -> Answer {
        var answer = Answer(.ok, "application/x-ndjson", ByteBuffer())
        answer.stream = stream
        return answer
    }

    /// Not done.
    static func refusal(_ status: HTTPResponse.Status, _ refused: CommandRefusal) -> Answer {
        let body = (try? Coding.encode(refused)) ?? []
        return Answer(status, "application/json", ByteBuffer(bytes: body))
    }

    static func refusal(_ status: HTTPResponse.Status, _ sentence: String) -> Answer {
        refusal(status, CommandRefusal(sentence))
    }

    /// What is not HTTP, or only its beginning is.
    static func malformed(_ error: (any Error)?) -> Answer {
        refusal(.badRequest, "this is not an HTTP/1.1 request" + (error.map { ": \($0)" } ?? ""))
    }

    var status: HTTPResponse.Status { head.status }

    /// What came of an order.
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

    /// There is something of that name, but it is not asked this way.
    static func wrongMethod(_ right: HTTPRequest.Method) -> Answer {
        var answer = refusal(.methodNotAllowed, "this takes \(right), and nothing else")
        answer.head.headerFields[.allow] = right == .get ? "GET, HEAD" : right.rawValue
        return answer
    }

    /// The same, and the connection ends with it.
    var andClose: Answer {
        var answer = self
        answer.isLast = true
        answer.head.headerFields[.connection] = "close"
        return answer
    }

    var parts: [HTTPResponsePart] { [.head(andClose.head), .body(body), .end(nil)] }

    /// Writes it: of an answer to HEAD the head alone, which tells the length of the body. See RFC 9110, 9.3.2.
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

    /// Makes the server close the connection.
    private struct Closing: Error {}
}
