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
}

extension Logger.Metadata {
    /// The fields of a line. `cause` is why, in a few words.
    static func about(
        _ event: JournalEvent, capture: String? = nil, interface: String? = nil, cause: String? = nil
    ) -> Logger.Metadata {
        let fields = ["event": event.rawValue, "capture": capture, "interface": interface, "cause": cause]
        return fields.compactMapValues { $0.map { .string($0) } }
    }

    static func about(_ event: JournalEvent, _ source: CaptureSource, cause: String? = nil) -> Logger.Metadata {
        about(event, capture: source.capture, interface: source.interface, cause: cause)
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
