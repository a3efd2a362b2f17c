import Foundation

/// A daemon's log and the counters in it. Reads JSON objects from standard error (HOLDFAST_LOG=json), or the output of
/// journalctl(1) with `-o json`.
struct DaemonLog {
    let entries: [Entry]

    /// A line with its fields. Fields of the journal have the names of the JSON log: `HOLDFAST_EVENT` is `event`.
    struct Entry {
        let message: String
        /// `error`, `warning`, `notice` or `info`; empty if the line is not the daemon's.
        let level: String
        let fields: [String: String]

        subscript(name: String) -> String? { fields[name] }
        /// The value of a numeric field, or -1 if it is missing.
        func number(_ name: String) -> Int { fields[name].flatMap { Int($0) } ?? -1 }

        func isAbout(_ event: String, capture: String? = nil, interface: String? = nil) -> Bool {
            fields["event"] == event && (capture == nil || fields["capture"] == capture)
                && (interface == nil || fields["interface"] == interface)
        }
    }

    /// The final counters of a capture on an interface.
    struct Capture {
        var name, interface: String
        var matched, written, holdDropped, diskDropped, truncated: Int

        var isBalanced: Bool { matched == written + holdDropped + diskDropped }
        var losses: Int { holdDropped + diskDropped }
    }

    /// The final counters of a tap.
    struct Tap {
        var interface: String
        var received, drained, ringDropped: Int

        var isBalanced: Bool { received == drained + ringDropped }
    }

    init(_ text: String) { entries = text.split(separator: "\n").map { Entry($0) } }

    /// The messages of all lines.
    var lines: [String] { entries.map(\.message) }
    var text: String { lines.joined(separator: "\n") }

    func lines(containing text: String) -> [String] { lines.filter { $0.contains(text) } }

    /// The lines about an event, of the capture and interface if they are given.
    func events(_ event: String, capture: String? = nil, interface: String? = nil) -> [Entry] {
        entries.filter { $0.isAbout(event, capture: capture, interface: interface) }
    }

    /// The final counters of all captures, in the order in which they ended.
    var captures: [Capture] {
        events("ended").compactMap { entry in
            entry["capture"].map { name in
                Capture(
                    name: name, interface: entry["interface"] ?? "", matched: entry.number("matched"),
                    written: entry.number("written"), holdDropped: entry.number("hold_dropped"),
                    diskDropped: entry.number("disk_dropped"), truncated: entry.number("truncated"))
            }
        }
    }

    var taps: [Tap] {
        events("ended").filter { $0["capture"] == nil }.map { entry in
            Tap(
                interface: entry["interface"] ?? "", received: entry.number("received"),
                drained: entry.number("drained"), ringDropped: entry.number("ring_dropped"))
        }
    }

    /// The final counters of capture `name`, on an interface or on its only one.
    func capture(_ name: String, on interface: String? = nil) -> Capture? {
        captures.last { $0.name == name && $0.interface == interface ?? $0.interface }
    }

    /// Whether there are counters, and every packet is in a file or in a loss counter.
    var isBalanced: Bool {
        !taps.isEmpty && !captures.isEmpty && taps.allSatisfy(\.isBalanced) && captures.allSatisfy(\.isBalanced)
    }

    /// Whether each line about a sealed segment counts every written packet as matched.
    var knowsWhatIsWritten: Bool {
        events("sealed").allSatisfy { $0.number("matched") >= $0.number("written") + $0.number("disk_dropped") }
    }

    var ringDropped: Int { taps.map(\.ringDropped).reduce(0, +) }
    var losses: Int { captures.map(\.losses).reduce(ringDropped, +) }
}

extension DaemonLog.Entry {
    /// Reads a JSON object of either kind. Any other line, such as a wrapper's or the runtime's, is a message without
    /// fields.
    fileprivate init(_ line: Substring) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
            (message, level, fields) = (String(line), "", [:])
            return
        }
        if let text = object["MESSAGE"] as? String {
            let levels = ["2": "critical", "3": "error", "4": "warning", "5": "notice", "6": "info"]
            let isOurs = object["SYSLOG_IDENTIFIER"] as? String == "holdfastd"
            (message, level) = (text, isOurs ? levels[object["PRIORITY"] as? String ?? ""] ?? "" : "")
            fields = Dictionary(
                uniqueKeysWithValues: object.compactMap { name, value in
                    guard name.hasPrefix("HOLDFAST_") else { return nil }
                    return (name.dropFirst("HOLDFAST_".count).lowercased(), "\(value)")
                })
        } else {
            (message, level) = (object["message"] as? String ?? "", object["level"] as? String ?? "")
            fields = object.filter { !["time", "level", "message"].contains($0.key) }.mapValues { "\($0)" }
        }
    }
}
