import Capture
import Control
import Linux
import Logging
import Settings

/// Commands of clients.
extension Supervisor {
    /// Seconds until a client is told that its command takes longer.
    private static let patience = 30

    mutating func take(_ order: ControlCommand) {
        switch order {
        case .status(let reply): reply.resume(returning: status)
        case .reload(let reply):
            requests.add(limited(), reload: reply, isNext: reload.isUnderWay)
            reloadConfiguration()
        case .previewReload(let reply): previewReload(reply)
        case .rotate(let capture, let reply): rotate(capture, reply)
        case .coverage(let question): answer(question)
        case .health(let question): question.answer(health(question.check))
        }
    }

    /// The health of the daemon. A client that gets this answer knows that the control loop runs.
    private mutating func health(_ check: HealthQuestion.Check) -> Health {
        switch check {
        case .alive:
            let hanging = liveness.hanging(among: taps.threads, now: Clock.monotonic())
            return Health(reasons: hanging.map { "\($0) hangs" })
        case .ready: return .readiness(status, hasStarted: hasStarted)
        }
    }

    /// Seals the open segments of a capture, on all its interfaces.
    private mutating func rotate(_ name: String, _ reply: Reply<Rotated>) {
        guard settings.captures.contains(where: { $0.rule.name == name }) else {
            let hint = Suggestion.hint(for: name, among: settings.captures.map(\.rule.name))
            return reply.resume(returning: .failure(.unknown("there is no capture '\(name)'\(hint)")))
        }
        let number = limited()
        var ordered: Set<Int> = []
        for tap in taps.all {
            let index = tap.index
            let serves = tap.rotate(name) { [tell] in tell(.sealed(order: number, tap: index, $0)) }
            if serves { ordered.insert(index) }
        }
        requests.add(number, rotationOf: name, taps: ordered, reply)
    }

    /// Seals the open segments of every capture, for SIGUSR1.
    mutating func rotateAll() {
        guard stop == nil else { return }
        log.info("SIGUSR1: every capture begins a new segment", metadata: .about(.command, ["command": "rotate"]))
        for tap in taps.open {
            for capture in tap.rule.captures { _ = tap.rotate(capture.rule.name) { _ in } }
        }
    }

    /// Previews a reload on its own thread, and answers with the result.
    private mutating func previewReload(_ reply: Reply<ReloadPreview>) {
        let number = limited()
        guard requests.add(number, preview: reply) else { return }
        let previewer = ReloadPreviewer(
            path: path, compilers: compilers, running: retentions, captures: settings.captures.map(\.rule.name))
        do {
            try BackgroundThread.run("preview") { [tell] in tell(.previewed(order: number, previewer.preview())) }
        } catch {
            requests.previewed(number, .failure(.failed("\(error)")))
        }
    }

    /// The number of a new command whose client waits for a limited time.
    private mutating func limited() -> Int {
        let number = requests.number()
        send(.late(order: number), after: Supervisor.patience)
        return number
    }
}
