import Control

/// What somebody asks of the daemon over its control socket, and where the answer goes. Each is answered once, some of them
/// later: when what was ordered is done.
enum ControlCommand: Sendable {
    case status(CheckedContinuation<Status, Never>)
    case reload(Reply<Reloaded>)
    case previewReload(Reply<ReloadPreview>)
    case rotate(capture: String, Reply<Rotated>)
    case coverage(CoverageQuestion)
}

typealias Reply<Value> = CheckedContinuation<Result<Value, ControlFailure>, Never>

/// Why an order is not carried out: a sentence.
enum ControlFailure: Error {
    /// There is no such capture.
    case unknown(String)
    /// The new configuration cannot be put in force, for these reasons.
    case wrong([String])
    /// The disk does not let it be done.
    case failed(String)
    /// It was begun, and takes longer than anybody would wait.
    case late(String)
    case stopping
}
