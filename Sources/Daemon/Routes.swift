import Control
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What can be asked for at a socket, and by which words.
struct Routes: Sendable {
    private let isControl: Bool
    private let desk: ControlServer.Desk

    init(endpoint: Endpoint, desk: @escaping ControlServer.Desk) {
        if case .control = endpoint { isControl = true } else { isControl = false }
        self.desk = desk
    }

    @concurrent func answer(_ request: Request) async throws -> Answer {
        // None of the requests has a body that means anything; an empty one, or a few words, are let pass.
        do {
            _ = try await request.body.collect(upTo: Limits.body)
        } catch is NIOTooManyBytesError {
            return Answer.refusal(.contentTooLarge, "a request has at most \(Limits.body) bytes of body").andClose
        }
        let path = request.uri.path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        switch path {
        case ["v1", "status"] where isControl:
            guard request.method == .get else { return .wrongMethod(.get) }
            return try .json(await ask { .status($0) })
        default:
            let places =
                isControl
                ? "GET /v1/status, POST /v1/reload, POST /v1/captures/NAME/rotate and GET /metrics" : "GET /metrics"
            return .refusal(.notFound, "there is nothing at '\(request.uri.path)'; there is \(places)")
        }
    }

    /// Gives an order and waits for what comes of it.
    private func ask<Result: Sendable>(
        _ order: (CheckedContinuation<Result, Never>) -> ControlOrder
    ) async -> Result {
        await withCheckedContinuation { desk(order($0)) }
    }
}
