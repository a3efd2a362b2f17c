import Control
import Counters
import Linux

/// The status line on the terminal that runs the daemon: captured packets, drops and the destination; redrawn once a
/// second.
struct LiveLine {
    /// Nanoseconds between two redraws.
    static let interval: UInt64 = .nanosecondsPerSecond

    /// The counts at the last redraw: packets received, and the uptime in seconds.
    private var before: (received: UInt64, time: Double)?

    /// The line. Counts come first, because a narrow terminal cuts off the end.
    mutating func text(_ status: Status) -> String {
        let received = status.interfaces.map { $0[.received] }.reduce(0, +)
        let written = status.captures.flatMap(\.interfaces).map { $0[.written] }.reduce(0, +)
        let lost = status.lost
        let rate = before.flatMap { before -> Double? in
            guard status.uptimeSeconds > before.time, received >= before.received else { return nil }
            return Double(received - before.received) / (status.uptimeSeconds - before.time)
        }
        before = (received, status.uptimeSeconds)
        let interfaces = status.interfaces.filter { !$0.taps.isEmpty }.map(\.interface)
        let directory =
            status.captures.count == 1 ? status.captures[0].storage.directory : status.configuration.directory
        return "\(Int((rate ?? 0).rounded())) packets/s, \(written) written, \(lost == 0 ? "none" : "\(lost)") lost; "
            + "\(LiveLine.list(status.captures.map(\.name), "captures")) on "
            + "\(interfaces.isEmpty ? "no interface yet" : LiveLine.list(interfaces, "interfaces"))"
            + (directory.map { " into \($0)" } ?? "")
    }

    /// The names if they are few, else their number.
    private static func list(_ names: [String], _ what: String) -> String {
        names.count <= 3 ? names.joined(separator: ", ") : "\(names.count) \(what)"
    }
}
