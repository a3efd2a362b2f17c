import Control
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What can be asked for at a socket, and by which words.
struct Routes: Sendable {
    private let isControl: Bool
    private let desk: ControlServer.Desk
    private let disks: DiskSpace

    init(endpoint: Endpoint, desk: @escaping ControlServer.Desk, disks: DiskSpace) {
        if case .control = endpoint { isControl = true } else { isControl = false }
        (self.desk, self.disks) = (desk, disks)
    }

    /// A path that means something.
    private enum Place {
        case status, reload, metrics
        case rotation(capture: String)

        init?(_ path: String, isControl: Bool) {
            let words = path.split(separator: "/")
            switch (words.count, words.first) {
            case (1, "metrics"): self = .metrics
            case (2, "v1") where isControl && words[1] == "status": self = .status
            case (2, "v1") where isControl && words[1] == "reload": self = .reload
            case (4, "v1") where isControl && words[1] == "captures" && words[3] == "rotate":
                self = .rotation(capture: String(words[2]))
            default: return nil
            }
        }

        static func all(isControl: Bool) -> String {
            isControl ? "GET /v1/status, POST /v1/reload, POST /v1/captures/NAME/rotate, GET /metrics" : "GET /metrics"
        }

        var method: HTTPRequest.Method {
            switch self {
            case .status, .metrics: .get
            case .reload, .rotation: .post
            }
        }
    }

    @concurrent func answer(_ request: Request) async throws -> Answer {
        // None of the requests has a body that means anything; an empty one, or a few words, are let pass.
        do {
            _ = try await request.body.collect(upTo: Limits.body)
        } catch is NIOTooManyBytesError {
            return Answer.refusal(.contentTooLarge, "a request has at most \(Limits.body) bytes of body").andClose
        }
        guard let place = Place(request.uri.path, isControl: isControl) else {
            let places = Place.all(isControl: isControl)
            return .refusal(.notFound, "there is nothing at '\(request.uri.path)'; there is \(places)")
        }
        guard request.method == place.method else { return .wrongMethod(place.method) }
        switch place {
        case .status: return try .json(await status())
        case .reload:
            guard let isDryRun = isDryRun(request) else {
                return .refusal(.badRequest, "'dry-run' must be true or false")
            }
            if isDryRun { return try Answer(of: await ask { .previewReload($0) }) }
            return try Answer(of: await ask { .reload($0) })
        case .rotation(let capture): return try Answer(of: await ask { .rotate(capture: capture, $0) })
        case .metrics: return .metrics(await status())
        }
    }

    /// Whether a reload is only to be tried. Any other value is a mistake that must not reload.
    private func isDryRun(_ request: Request) -> Bool? {
        switch request.uri.queryParameters["dry-run"] {
        case nil, "false": false
        case "true": true
        default: nil
        }
    }

    /// What the supervisor knows, and the disks.
    private func status() async -> Status {
        var status = await ask { .status($0) }
        let free = await disks.free(in: status.captures.map(\.storage.directory))
        for index in status.captures.indices {
            status.captures[index].storage.freeBytes = free[status.captures[index].storage.directory]
        }
        return status
    }

    /// Gives an order and waits for what comes of it.
    private func ask<Result: Sendable>(
        _ order: (CheckedContinuation<Result, Never>) -> ControlOrder
    ) async -> Result {
        await withCheckedContinuation { desk(order($0)) }
    }
}
