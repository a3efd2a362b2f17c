import Capture
import Linux
import Logging

/// The subject of a log line: the field HOLDFAST_EVENT.
enum JournalEvent: String {
    /// The end of a segment: sealed; removed by retention (with the reason in `cause`) or by another process; or left
    /// as a `.part` until the next start.
    case sealed, removed
    case leftOpen = "left-open"
    /// A segment that a crash left open was repaired.
    case repaired
    /// The disk refuses packets, or accepts them again; or it has no direct I/O.
    case suspended, resumed, buffered
    /// Retention cannot remove a segment.
    case retention
    /// Segments found in a directory: named ahead of the clock, of no configured capture, or also written by another
    /// process.
    case misdated, orphans, shared
    /// A capture on an interface or a tap has ended. With its last counts.
    case ended
    /// A capture starts on an interface, waits for one, or cannot run there; an interface was removed or cannot be
    /// captured.
    case capturing, waiting, refused, gone, failed
    /// An interface needs several taps, or a tap differs from its configuration.
    case tap
    /// An episode of drops, or of time without capture, begins or ends.
    case loss, gap
    /// The ledger of a capture cannot be written, or can be again.
    case ledger
    /// The state of the daemon: started, reloaded, reload rejected, stopping, stopped.
    case started, reloaded, rejected, stopping, stopped
    /// A client's command with its result, or a request without permission.
    case command, denied
    /// The control socket or the metrics address accepts connections, or cannot.
    case listening
    /// Lines that `LogLimit` suppressed, or that the log's queue dropped.
    case suppressed
    case logDropped = "log-dropped"
}

extension Logger.Metadata {
    /// The fields of a line. `cause` is the reason in a few words. `numbers` are in the line's text, too.
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
    /// The reason in a few words.
    var cause: String {
        switch self {
        case .notPermitted: "CAP_NET_RAW is missing"
        case .unknownLinkType(let interface): "ARPHRD type \(interface.hardwareType)"
        case .filter(let error, _): "\(error)"
        case .system(let error): "\(error.errno)"
        }
    }
}
