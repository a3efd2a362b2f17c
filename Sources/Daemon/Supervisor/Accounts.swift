import Capture
import Counters
import Linux
import Logging

/// The counts of captures and taps that have ended, and the reasons of suspensions: the status adds them to the
/// counts of the running taps.
struct Accounts {
    private(set) var history = History()
    /// Why captures are suspended.
    private(set) var troubles: [CaptureSource: String] = [:]

    mutating func suspended(_ source: CaptureSource, because reason: String) { troubles[source] = reason }
    mutating func resumed(_ source: CaptureSource) { troubles[source] = nil }

    /// Notes that a writer has ended.
    mutating func ended(_ record: CaptureRecord) -> Notice {
        history.add(record)
        troubles[record.source] = nil
        return Notice(
            record.counts.lost == 0 ? .info : .warning,
            "\(LogMessages.name(record.source)) ended: \(LogMessages.line(record.counts))",
            .about(.ended, record.source, LogFields(record.counts)))
    }

    /// Notes that a tap has ended, with all its threads.
    mutating func ended(tapOn interface: String, _ record: History.TapRecord) -> Notice {
        history.add(record, of: interface)
        return Notice(
            record.counts.lost == 0 ? .info : .warning,
            "tap on \(interface) ended: \(LogMessages.line(record.counts))",
            .about(.ended, interface: interface, LogFields(record.counts)))
    }
}
