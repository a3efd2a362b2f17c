package import Control
package import Linux

/// A line of a ledger.
package struct LedgerLine: Codable, Equatable, Sendable {
    package enum Event: String, Codable, Sendable {
        /// An episode began.
        case begin
        /// An episode ended. The line contains the whole episode, so its `begin` line is not required.
        case end
        /// Packets arrived until `to`. With an episode, the episode continues.
        case alive
        /// A segment was removed.
        case removed
    }

    /// The number of the line in the capture's ledger, assigned when it is written.
    package var seq: UInt64 = 0
    package var event: Event
    package var episode: String?
    package var cause: GapCause?
    package var scope: GapScope?
    package var interface: String?
    package var worker: Int?
    package var from: Timestamp?
    package var to: Timestamp?
    package var packets: UInt64?
    /// Of a removed segment.
    package var name: String?
    package var size: Int64?
    package var reason: String?

    private init(_ event: Event) { self.event = event }

    /// Creates a line with the present state of an episode.
    package init(_ gap: Gap, _ event: Event) {
        self.init(event)
        (episode, cause, scope, interface, worker) = (gap.episode, gap.cause, gap.scope, gap.interface, gap.worker)
        (from, to, packets) = (gap.from, gap.to, gap.packets)
    }

    /// Packets have arrived until `time`.
    package static func alive(until time: Timestamp) -> LedgerLine {
        var line = LedgerLine(.alive)
        line.to = time
        return line
    }

    package init(_ removed: RemovedSegment) {
        self.init(.removed)
        (to, name, size, reason) = (removed.time, removed.name, removed.size, removed.reason)
    }

    /// The episode of the line; nil if it has none.
    package var gap: Gap? {
        guard let episode, let cause, let scope, let from else { return nil }
        return Gap(
            episode: episode, cause: cause, scope: scope, interface: interface, worker: worker, from: from, to: to,
            packets: packets, open: event != .end)
    }

    package var removedSegment: RemovedSegment? {
        guard event == .removed, let to, let name else { return nil }
        return RemovedSegment(time: to, name: name, size: size, reason: reason ?? "")
    }

    /// The latest time in the line.
    var time: Timestamp? { [from, to].compactMap { $0 }.max() }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seq, forKey: .seq)
        try container.encode(event, forKey: .event)
        try container.encodeIfPresent(episode, forKey: .episode)
        try container.encodeIfPresent(cause, forKey: .cause)
        try container.encodeIfPresent(scope, forKey: .scope)
        try container.encodeIfPresent(interface, forKey: .interface)
        try container.encodeIfPresent(worker, forKey: .worker)
        try container.encodeIfPresent(from, forKey: .from)
        try container.encodeIfPresent(to, forKey: .to)
        // Encoded as null if unknown, because an unknown number is information.
        if episode != nil { try container.encode(packets, forKey: .packets) }
        try container.encodeIfPresent(name, forKey: .name)
        try container.encodeIfPresent(size, forKey: .size)
        try container.encodeIfPresent(reason, forKey: .reason)
    }
}
