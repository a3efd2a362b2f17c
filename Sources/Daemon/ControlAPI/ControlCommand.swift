import Control

/// A command of a client, with the continuation for its answer. Each command is answered once, some of them only when
/// their work is done.
enum ControlCommand: Sendable {
    case status(CheckedContinuation<Status, Never>)
    case reload(Reply<Reloaded>)
    case previewReload(Reply<ReloadPreview>)
    case rotate(capture: String, Reply<Rotated>)
    case coverage(CoverageQuestion)
    case health(HealthQuestion)
}

typealias Reply<Value> = CheckedContinuation<Result<Value, ControlFailure>, Never>

/// Why a command failed, as a message for the client.
enum ControlFailure: Error {
    /// The capture does not exist.
    case unknown(String)
    /// The new configuration was rejected, for these reasons.
    case wrong([String])
    /// The disk refused it.
    case failed(String)
    /// The command was started, and takes longer than a client waits.
    case late(String)
    case stopping
}
