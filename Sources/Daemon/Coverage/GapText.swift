import Control
import Logging

/// The log lines for the beginning and the end of an episode.
struct GapText {
    private let gap: Gap
    private let captures: [String]

    init(_ gap: Gap, _ captures: [String]) { (self.gap, self.captures) = (gap, captures) }

    /// The message, with the same words and numbers as the fields.
    var line: String {
        let packets = gap.packets.map { "packets=\($0) " } ?? ""
        let end = gap.open ? "" : " to=\(gap.to.map { "\($0)" } ?? "unknown")"
        return "\(subject)\(what): cause=\(gap.cause.rawValue) \(packets)from=\(gap.from)\(end) episode=\(gap.episode)"
    }

    private var subject: String {
        let place = gap.interface.map { " on \($0)" } ?? ""
        guard gap.scope == .capture, captures.count == 1 else {
            let names =
                captures.count > 3 ? "\(captures.count) captures" : "capture \(captures.joined(separator: ", "))"
            return gap.scope == .tap ? "the tap of \(names)\(place)" : "\(names)\(place)"
        }
        return "capture \(captures[0])\(place)"
    }

    private var what: String {
        switch (gap.cause.isCounted, gap.open) {
        case (true, true): " loses packets"
        case (true, false): " lost packets"
        case (false, true): " is not captured"
        case (false, false): " was not captured"
        }
    }

    /// The fields: HOLDFAST_EVENT=loss for counted drops, gap for time without capture.
    var fields: Logger.Metadata {
        var fields = Logger.Metadata.about(
            gap.cause.isCounted ? .loss : .gap, capture: captures.joined(separator: ","), interface: gap.interface,
            cause: gap.cause.rawValue)
        fields["episode"] = .string(gap.episode)
        fields["scope"] = .string(gap.scope.rawValue)
        fields["state"] = .string(gap.open ? "begin" : "end")
        fields["from"] = .string("\(gap.from)")
        if let to = gap.to { fields["to"] = .string("\(to)") }
        if let worker = gap.worker { fields["worker"] = .stringConvertible(worker) }
        if let packets = gap.packets { fields["packets"] = .stringConvertible(packets) }
        return fields
    }
}
