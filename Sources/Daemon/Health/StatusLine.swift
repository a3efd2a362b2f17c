import Control

/// The state of the daemon in one sentence, for the service's status.
struct StatusLine {
    /// The counts at the previous call: packets received, packets lost, uptime in seconds.
    private var before: (received: UInt64, lost: UInt64, time: Double)?

    /// The sentence that `systemctl status` shows. Packet rates are averages since the previous call.
    mutating func sentence(_ status: Status, _ pulse: HangDetector.Finding, refused: Bool) -> String {
        let received = status.interfaces.map(\.received).reduce(0, +)
        let lost = status.lost
        defer { before = (received, lost, status.uptimeSeconds) }
        var words = [doing(status, received)]
        if lost > 0 {
            let isLosing = lost > before?.lost ?? 0
            words.append("\(isLosing ? "losing packets, " : "")\(lost) lost since the start (\(status.losses))")
        } else {
            words.append("none lost")
        }
        for capture in status.captures where capture.state != .capturing && capture.state != .ended {
            words.append(StatusLine.clause(on: capture))
        }
        words += status.stalls.map { "no answer from \($0.directory) for \(Int($0.seconds)) s" }
        for thread in pulse.hanging { words.append("\(thread) hangs") }
        if refused { words.append("the configuration has mistakes and was not reloaded") }
        return words.joined(separator: "; ")
    }

    private func doing(_ status: Status, _ received: UInt64) -> String {
        if status.state == .stopping { return "writing what is left, then stopping" }
        let interfaces = status.interfaces.count { !$0.taps.isEmpty }
        let place = interfaces == 0 ? "no interface" : interfaces == 1 ? "1 interface" : "\(interfaces) interfaces"
        let captures = status.captures.count == 1 ? "1 capture" : "\(status.captures.count) captures"
        guard let before, status.uptimeSeconds > before.time else { return "\(captures) on \(place)" }
        let more = received > before.received ? received - before.received : 0
        let rate = Double(more) / (status.uptimeSeconds - before.time)
        return "\(captures) on \(place): \(Int(rate.rounded())) packets/s"
    }

    /// What is wrong with a capture.
    static func clause(on capture: CaptureStatus) -> String {
        let affected = capture.interfaces.filter { $0.state == capture.state }
        let reason = affected.first?.reason.map { " (\($0))" } ?? ""
        let place = affected.isEmpty ? "" : " on \(affected.map(\.interface).joined(separator: ", "))"
        return switch capture.state {
        case .waiting: "\(capture.name) waits for interface \(capture.interface)"
        case .suspended: "\(capture.name)\(place) is suspended\(reason)"
        case .refused: "\(capture.name)\(place) is refused\(reason)"
        case .capturing, .ended: "\(capture.name) is well"
        }
    }
}

extension Status {
    fileprivate var ringDropped: UInt64 { interfaces.map(\.ringDropped).reduce(0, +) }
    fileprivate var holdDropped: UInt64 { captures.flatMap(\.interfaces).map(\.holdDropped).reduce(0, +) }
    fileprivate var diskDropped: UInt64 { captures.flatMap(\.interfaces).map(\.diskDropped).reduce(0, +) }
    fileprivate var lost: UInt64 { ringDropped + holdDropped + diskDropped }

    /// The counters that are not zero, by name.
    fileprivate var losses: String {
        [("ring_dropped", ringDropped), ("hold_dropped", holdDropped), ("disk_dropped", diskDropped)]
            .filter { $0.1 > 0 }.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
    }
}
