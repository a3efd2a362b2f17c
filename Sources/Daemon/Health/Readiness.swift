import Control

extension Health {
    /// Whether the captures run: the start is complete, at least one capture captures, none is suspended or refused,
    /// and the daemon does not stop. A capture may wait for its interface if another one captures.
    static func readiness(_ status: Status, hasStarted: Bool) -> Health {
        if status.state == .stopping { return Health(reasons: ["the daemon is stopping"]) }
        guard hasStarted else { return Health(reasons: ["the daemon is starting"]) }
        let failing = status.captures.filter { [.suspended, .refused].contains($0.state) }
        guard failing.isEmpty else { return Health(reasons: failing.map(StatusLine.clause)) }
        if status.captures.contains(where: { $0.state == .capturing }) { return Health(reasons: []) }
        return Health(reasons: status.captures.map(StatusLine.clause))
    }
}
