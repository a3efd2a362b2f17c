package import Linux

/// Why packets are in no segment. The ledger, the journal, the metrics and the API share these words.
package enum GapCause: String, Codable, CaseIterable, Sendable {
    /// Counted drops: the ring was full, no buffer was free, or the disk did not accept the packets. Over the
    /// distinct episodes since the daemon's start, open ones included, they add up to `ring_dropped`, `hold_dropped`
    /// and `disk_dropped`.
    case ring, hold, disk
    /// The disk refuses writes. The packets dropped meanwhile are counted by episodes of cause `disk`.
    case suspended
    /// From the end of one daemon to the first packet that the next one could capture, after a stop or an upgrade.
    case restart
    /// Like `restart`, but after an unexpected end, so the packets in memory are lost, too.
    case crash
    /// The daemon was stopped and has not been started again.
    case stopped
    /// No interface of the capture has existed and been up since the daemon began to look for one.
    case waiting
    /// The interface went down or disappeared.
    case interfaceGone = "interface-gone"
    /// A reload removed the capture from the configuration, or moved it to another tap.
    case reload
    /// The kernel refuses the capture on the interface, or no tap can be opened there.
    case refused
    /// The wall clock was set: `from` is the time before, `to` the time after.
    case clockStep = "clock-step"

    /// Whether packets of this cause are counted.
    package var isCounted: Bool { [.ring, .hold, .disk].contains(self) }
}

/// Which packets are missing.
package enum GapScope: String, Codable, Sendable {
    /// Packets of one capture.
    case capture
    /// Packets of a tap that may have belonged to any of its captures. The ledger of each capture contains the same
    /// episode.
    case tap
}

/// An interval in which packets of a capture were dropped or not captured.
package struct Gap: Codable, Equatable, Sendable {
    /// The identifier of the episode; the same in the journal and in the ledgers of all captures concerned.
    package var episode: String
    package var cause: GapCause
    package var scope: GapScope
    /// The interface; nil means all interfaces of the capture.
    package var interface: String?
    /// Which of the taps that share the interface's packets by flow; nil means not a single one.
    package var worker: Int?
    /// The earliest time at which a packet may have been lost.
    package var from: Timestamp
    /// The latest such time so far; nil if unknown.
    package var to: Timestamp?
    /// The number of packets lost; nil if unknown, or counted under another cause.
    package var packets: UInt64?
    /// Whether the episode continues.
    package var open: Bool

    package init(
        episode: String, cause: GapCause, scope: GapScope, interface: String? = nil, worker: Int? = nil,
        from: Timestamp,
        to: Timestamp? = nil, packets: UInt64? = nil, open: Bool
    ) {
        (self.episode, self.cause, self.scope) = (episode, cause, scope)
        (self.interface, self.worker) = (interface, worker)
        (self.from, self.to, self.packets, self.open) = (from, to, packets, open)
    }

    /// Whether the gap overlaps the interval between two times; nil means no limit.
    package func overlaps(from: Timestamp?, to: Timestamp?) -> Bool {
        // If the clock is set back, an episode can end before its start.
        let end = self.to ?? self.from
        if let from, !open, max(self.from, end) < from { return false }
        if let to, min(self.from, end) > to { return false }
        return true
    }

    // `packets` and `to` are encoded as null, because an unknown value is information.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(episode, forKey: .episode)
        try container.encode(cause, forKey: .cause)
        try container.encode(scope, forKey: .scope)
        try container.encodeIfPresent(interface, forKey: .interface)
        try container.encodeIfPresent(worker, forKey: .worker)
        try container.encode(from, forKey: .from)
        try container.encode(to, forKey: .to)
        try container.encode(packets, forKey: .packets)
        try container.encode(open, forKey: .open)
    }
}

/// A segment that has been removed.
package struct RemovedSegment: Codable, Equatable, Sendable {
    /// When the segment was removed.
    package var time: Timestamp
    /// Its file name in the capture's directory.
    package var name: String
    /// The size of the file in bytes; nil if unknown.
    package var size: Int64?
    /// The reason, in a few words.
    package var reason: String

    package init(time: Timestamp, name: String, size: Int64?, reason: String) {
        (self.time, self.name, self.size, self.reason) = (time, name, size, reason)
    }
}

/// The gaps and removed segments of a capture in an interval of time.
package struct Coverage: Codable, Equatable, Sendable {
    package var capture: String
    /// The requested interval; nil means no limit.
    package var from: Timestamp?
    package var to: Timestamp?
    /// The start of the ledger; nil if there is none.
    package var since: Timestamp?
    /// The prefix of the running daemon's episode identifiers; nil if no daemon runs.
    package var run: String?
    /// Whether the whole ledger could be read.
    package var complete: Bool
    /// Why the ledger is incomplete, as sentences.
    package var notes: [String]
    /// The gaps, oldest first.
    package var gaps: [Gap]
    /// The removed segments, in the order of removal.
    package var removed: [RemovedSegment]

    package init(
        capture: String, from: Timestamp? = nil, to: Timestamp? = nil, since: Timestamp? = nil, run: String? = nil,
        complete: Bool = true, notes: [String] = [], gaps: [Gap] = [], removed: [RemovedSegment] = []
    ) {
        (self.capture, self.from, self.to, self.since, self.run) = (capture, from, to, since, run)
        (self.complete, self.notes, self.gaps, self.removed) = (complete, notes, gaps, removed)
    }
}

/// The coverage of a capture, as part of the status.
package struct CoverageStatus: Codable, Equatable, Sendable {
    /// The episodes that continue.
    package var open: [Gap]
    /// When the last packet was lost since the daemon's start; nil if none was.
    package var lastLoss: Timestamp?
    /// The number of episodes since the daemon's start, by cause.
    package var counts: [GapCount]
    /// Why the ledger cannot be written; nil if it can.
    package var ledgerFailure: String?

    package init(open: [Gap] = [], lastLoss: Timestamp? = nil, counts: [GapCount] = [], ledgerFailure: String? = nil) {
        (self.open, self.lastLoss, self.counts, self.ledgerFailure) = (open, lastLoss, counts, ledgerFailure)
    }
}

package struct GapCount: Codable, Equatable, Sendable {
    package var cause: GapCause
    package var count: UInt64

    package init(cause: GapCause, count: UInt64) { (self.cause, self.count) = (cause, count) }
}
