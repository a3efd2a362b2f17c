import Control
import Linux

/// The last line of a terminal on which the daemon runs: what is captured, what was lost, and where it goes; drawn in place
/// once a second.
struct LiveLine {
    /// Nanoseconds from one to the next.
    static let interval: UInt64 = .nanosecondsPerSecond

    /// What was counted when it was last drawn: packets received, and the uptime in seconds.
    private var before: (received: UInt64, time: Double)?

    /// The line; counts come first, as a narrow terminal cuts the end.
    mutating func text(_ status: Status) -> String {
        let received = status.interfaces.map(\.received).reduce(0, +)
        let sources = status.captures.flatMap(\.interfaces)
        let written = sources.map(\.written).reduce(0, +)
        let lost =
            status.interfaces.map(\.ringDropped).reduce(0, +)
            + sources.map { $0.holdDropped + $0.diskDropped }.reduce(0, +)
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

    /// Names, as long as they are few.
    private static func list(_ names: [String], _ what: String) -> String {
        names.count <= 3 ? names.joined(separator: ", ") : "\(names.count) \(what)"
    }
}
