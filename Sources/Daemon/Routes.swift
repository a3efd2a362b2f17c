import Control
import HTTPTypes
import HummingbirdCore
import Linux
import NIOCore

/// What can be asked for at a socket, and by which words.
struct Routes: Sendable {
    private let isControl: Bool
    private let desk: ControlServer.Desk
    private let disks: DiskSpace
    private let hub: EventHub

    init(endpoint: Endpoint, desk: @escaping ControlServer.Desk, disks: DiskSpace, hub: EventHub) {
        if case .control = endpoint { isControl = true } else { isControl = false }
        (self.desk, self.disks, self.hub) = (desk, disks, hub)
    }

    /// A path that means something.
    private enum Place {
        case status, reload, metrics, events
        case rotation(capture: String)
        case coverage(capture: String)

        init?(_ path: String, isControl: Bool) {
            let words = path.split(separator: "/")
            switch (words.count, words.first) {
            case (1, "metrics"): self = .metrics
            case (2, "v1") where isControl && words[1] == "status": self = .status
            case (2, "v1") where isControl && words[1] == "reload": self = .reload
            case (2, "v1") where isControl && words[1] == "events": self = .events
            case (4, "v1") where isControl && words[1] == "captures" && words[3] == "rotate":
                self = .rotation(capture: String(words[2]))
            case (4, "v1") where isControl && words[1] == "captures" && words[3] == "coverage":
                self = .coverage(capture: String(words[2]))
            default: return nil
            }
        }

        static func all(isControl: Bool) -> String {
            guard isControl else { return "GET /metrics" }
            return "GET /v1/status, POST /v1/reload, POST /v1/captures/NAME/rotate, GET /v1/captures/NAME/coverage, "
                + "GET /v1/events, GET /metrics"
        }

        var method: HTTPRequest.Method {
            switch self {
            case .status, .metrics, .coverage, .events: .get
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
        case .reload: return try Answer(of: await ask { .reload($0) })
        case .rotation(let capture): return try Answer(of: await ask { .rotate(capture: capture, $0) })
        case .coverage(let capture):
            let range: CoverageRange
            do { range = try .parse(request.uri) } catch { return .refusal(.badRequest, error) }
            return try Answer(
                of: await ask {
                    .coverage(CoverageQuestion(capture: capture, from: range.from, to: range.to, reply: $0))
                })
        case .events: return events(request)
        case .metrics: return .metrics(await status())
        }
    }

    /// Events as they come, after the one with the number `?after=SEQ`, or from now on.
    private func events(_ request: Request) -> Answer {
        var after: UInt64?
        for (name, value) in request.uri.queryParameters {
            guard name == "after", let seq = UInt64(value) else {
                return .refusal(
                    .badRequest, "the one parameter is after=SEQ, the number of an event; got '\(name)=\(value)'")
            }
            after = seq
        }
        guard let (number, lines) = hub.open(after: after) else {
            return .refusal(.serviceUnavailable, "\(EventHub.mostStreams) clients follow events, which is the most")
        }
        return .events(EventStream(hub: hub, number: number, lines: lines))
    }

    /// What the supervisor knows, and the disks.
    private func status() async -> Status {
        var status = await ask { .status($0) }
        status.usage?.add(.current)
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

extension UsageStatus {
    fileprivate mutating func add(_ usage: ProcessUsage) {
        (cpuSeconds, residentBytes, threads) = (usage.cpuSeconds, usage.residentBytes, usage.threads)
        (openFiles, maxFiles) = (usage.openDescriptors, usage.descriptorLimit)
    }
}
