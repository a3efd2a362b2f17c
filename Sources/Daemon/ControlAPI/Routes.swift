import Control
import HTTPTypes
import HummingbirdCore
import Linux
import Logging
import NIOCore
import NIOHTTP1

/// The requests of a socket: their paths, and the roles that may make them.
struct Routes: Sendable {
    private let endpoint: Endpoint
    private let access: SharedAccess
    private let desk: ControlServer.Desk
    private let disks: DiskSpace
    private let hub: EventHub
    private let log: Logger

    init(
        endpoint: Endpoint, access: SharedAccess, desk: @escaping ControlServer.Desk, disks: DiskSpace, hub: EventHub,
        log: Logger
    ) {
        (self.endpoint, self.access, self.desk, self.disks) = (endpoint, access, desk, disks)
        (self.hub, self.log) = (hub, log)
    }

    /// A known path.
    private enum Place {
        case status, reload, metrics, events
        case health(HealthQuestion.Check)
        case rotation(capture: String)
        case coverage(capture: String)

        init?(_ path: String, isControl: Bool) {
            let words = path.split(separator: "/")
            switch (words.count, words.first) {
            case (1, "metrics"): self = .metrics
            case (1, "healthz"): self = .health(.alive)
            case (1, "readyz"): self = .health(.ready)
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
            guard isControl else { return "GET /healthz, GET /readyz, GET /metrics" }
            return "GET /v1/status, POST /v1/reload, POST /v1/captures/NAME/rotate, GET /v1/captures/NAME/coverage, "
                + "GET /v1/events, GET /healthz, GET /readyz, GET /metrics"
        }

        var method: HTTPRequest.Method {
            switch self {
            case .status, .metrics, .health, .coverage, .events: .get
            case .reload, .rotation: .post
            }
        }

        /// The role that the client needs: reader for reading, commander for everything else.
        var role: Access.Role { method == .get ? .reader : .commander }

        /// The action, for messages and events.
        var action: String {
            switch self {
            case .status: "read the status"
            case .metrics: "read the metrics"
            case .health: "read the health"
            case .reload: "reload"
            case .rotation: "rotate"
            case .coverage: "read the coverage"
            case .events: "follow events"
            }
        }

        var capture: String? {
            switch self {
            case .rotation(let capture), .coverage(let capture): capture
            case .status, .reload, .metrics, .health, .events: nil
            }
        }
    }

    /// Answers a request. `peer` is the client if the request came over a Unix socket.
    @concurrent func answer(_ request: Request, from peer: Peer?) async throws -> Answer {
        // No request uses its body, so a short one is accepted and ignored.
        do {
            _ = try await request.body.collect(upTo: Limits.body)
        } catch is NIOTooManyBytesError {
            return Answer.refusal(.contentTooLarge, "a request has at most \(Limits.body) bytes of body").andClose
        } catch let error as HTTPParserError {
            return Answer.malformed(error).andClose
        }
        if let refusal = refusal(ofHost: request.head.authority) { return refusal }
        let isControl = endpoint.isControl
        let place = Place(request.uri.path, isControl: isControl)
        if isControl, let refusal = refusal(to: peer, at: place) { return refusal }
        guard let place else {
            let places = Place.all(isControl: isControl)
            return .refusal(.notFound, "there is nothing at '\(request.uri.path)'; there is \(places)")
        }
        let isRight = request.method == place.method || request.method == .head && place.method == .get
        guard isRight else { return .wrongMethod(place.method) }
        let answer = try await answer(request, at: place)
        if place.role == .commander { tell(place, peer, .command, answer.status) }
        return answer
    }

    private func answer(_ request: Request, at place: Place) async throws -> Answer {
        switch place {
        case .status: return try .json(await status())
        case .reload:
            guard let isDryRun = isDryRun(request) else {
                return .refusal(.badRequest, "'dry-run' must be true or false")
            }
            if isDryRun { return try Answer(of: await ask { .previewReload($0) }) }
            return try Answer(of: await ask { .reload($0) })
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
        case .health(let check): return try .health(await HealthQuestion.ask(check, desk))
        }
    }

    // Access

    /// Refuses a client that lacks the role for `place`; nil if it has the role. An unknown path needs the role of a
    /// reader.
    private func refusal(to peer: Peer?, at place: Place?) -> Answer? {
        let access = access.current
        let (role, action) = (place?.role ?? .reader, place?.action ?? "connect")
        guard let peer else { return .refusal(.forbidden, "the kernel does not say who asks") }
        guard access.role(of: peer) < role else { return nil }
        if let place { tell(place, peer, .denied, .forbidden) }
        return .refusal(.forbidden, access.refusal(of: action, to: peer, needing: role))
    }

    /// Logs a command or a refusal.
    private func tell(_ place: Place, _ peer: Peer?, _ event: JournalEvent, _ status: HTTPResponse.Status) {
        let program = peer?.program ?? "unknown"
        let result = event == .denied ? "not permitted" : status == .ok ? "done" : "failed"
        let numbers: LogFields = [
            "uid": peer?.user ?? UInt32.max, "pid": peer?.process ?? 0, "program": program, "command": place.action,
            "result": result, "status": status.code,
        ]
        let target = place.capture.map { " capture \($0)" } ?? ""
        log.log(
            level: event == .denied ? .warning : .notice,
            """
            command '\(place.action)\(target)' of user \(peer.map { "\($0.user)" } ?? "unknown") \
            (\(program), process \(peer?.process ?? 0)): \(result)
            """, metadata: .about(event, capture: place.capture, numbers))
    }

    /// Refuses a foreign host name if only this host can connect. Otherwise a web page with a name that leads here
    /// could use a browser to read what is meant for this host (DNS rebinding).
    private func refusal(ofHost authority: String?) -> Answer? {
        guard case .metrics(let address) = endpoint, address.isLoopback else { return nil }
        let name = (authority ?? "").lowercased()
        let isIPv6 = name.hasPrefix("[")
        let host = isIPv6 ? String(name.prefix { $0 != "]" }.dropFirst()) : String(name.prefix { $0 != ":" })
        if host.isEmpty || host == "localhost" || NumericAddress.isHost(host) { return nil }
        return .refusal(.misdirectedRequest, "this is \(address), and not '\(host)': ask for it by its address")
    }

    // Answers

    /// Whether a reload is only a dry run. Nil for an invalid value, which must not cause a reload.
    private func isDryRun(_ request: Request) -> Bool? {
        switch request.uri.queryParameters["dry-run"] {
        case nil, "false": false
        case "true": true
        default: nil
        }
    }

    /// The stream of events, after number `?after=SEQ` or from now on.
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

    /// The supervisor's status, with the free space of the disks.
    private func status() async -> Status {
        var status = await ask { .status($0) }
        status.logDropped = JournalLog.dropped
        status.usage?.add(.current)
        let free = await disks.free(in: status.captures.map(\.storage.directory))
        for index in status.captures.indices {
            status.captures[index].storage.freeBytes = free[status.captures[index].storage.directory]
        }
        return status
    }

    /// Gives a command to the supervisor and waits for its result.
    private func ask<Result: Sendable>(
        _ order: (CheckedContinuation<Result, Never>) -> ControlCommand
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
