import Capture
import Linux
import Logging

/// What lines of the log are about, for whoever looks for them: the field HOLDFAST_EVENT.
enum JournalEvent: String {
    /// A segment has ended, and is whole; or it is gone: retention has removed it (`cause` says why), or another process has; or
    /// it is a `.part` until the next start.
    case sealed, removed
    case leftOpen = "left-open"
    /// A segment that a crash had left.
    case repaired
    /// The disk does not take packets, or takes them again; or not as it might.
    case suspended, resumed, buffered
    /// A segment that should go is still there.
    case retention
    /// Segments in a directory: named ahead of the clock, of no configured capture, or written by another process, too.
    case misdated, orphans, shared
    /// A capture on an interface, or a tap, has ended: its last counts.
    case ended
    /// A capture begins on an interface, waits for one, or cannot run there; one is gone, or cannot be captured.
    case capturing, waiting, refused, gone, failed
    /// What the kernel had to be asked differently for.
    case tap
    /// Packets are lost, or a capture is not captured, from here on; or until here.
    case loss, gap
    /// The ledger of a capture cannot be written, or can again.
    case ledger
    /// The daemon captures wherever it can; a changed configuration is in force, or is not; it stops, and has stopped.
    case started, reloaded, rejected, stopping, stopped
    /// A client's command and its result; a request that its sender has no right to.
    case command, denied
    /// The control socket or the metrics' address can, or cannot, be connected to.
    case listening
    /// Lines that `LogLimit` kept back, and lines that found no room on their way to the log's reader.
    case suppressed
    case logDropped = "log-dropped"
}

extension Logger.Metadata {
    /// The fields of a line. `cause` is why, in a few words; `numbers` stand in the line's text, too.
    static func about(
        _ event: JournalEvent, capture: String? = nil, interface: String? = nil, cause: String? = nil,
        _ numbers: LogFields = [:]
    ) -> Logger.Metadata {
        let names = ["event": event.rawValue, "capture": capture, "interface": interface, "cause": cause]
        var fields = names.compactMapValues { $0.map { Logger.MetadataValue.string($0) } }
        for (name, value) in numbers.pairs { fields[name] = .stringConvertible(value) }
        return fields
    }

    static func about(
        _ event: JournalEvent, _ source: CaptureSource, cause: String? = nil, _ numbers: LogFields = [:]
    ) -> Logger.Metadata {
        about(event, capture: source.capture, interface: source.interface, cause: cause, numbers)
    }
}

extension TapError {
    /// Why, in a few words.
    var cause: String {
        switch self {
        case .notPermitted: "CAP_NET_RAW is missing"
        case .unknownLinkType(let interface): "ARPHRD type \(interface.hardwareType)"
        case .filter(let error, _): "\(error)"
        case .system(let error): "\(error.errno)"
        }
    }
}
