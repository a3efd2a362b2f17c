import Control

/// What somebody asks of the daemon over its control socket, and where the answer goes. Each is answered once, some of them
/// later: when what was ordered is done.
enum ControlOrder: Sendable {
    case status(CheckedContinuation<Status, Never>)
}
