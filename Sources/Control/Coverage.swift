public import Linux

/// Why packets are in no segment. The ledger, the journal, the metrics and the API share these words.
public enum GapCause: String, Codable, CaseIterable, Sendable {
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
    public var isCounted: Bool { [.ring, .hold, .disk].contains(self) }
}

/// Which packets are missing.
public enum GapScope: String, Codable, Sendable {
    /// Packets of one capture.
    case capture
    /// Packets of a tap that may have belonged to any of its captures. The ledger of each capture contains the same
    /// episode.
    case tap
}

/// An interval in which packets of a capture were dropped or not captured.
public struct Gap: Codable, Equatable, Sendable {
    /// The identifier of the episode; the same in the journal and in the ledgers of all captures concerned.
    public var episode: String
    public var cause: GapCause
    public var scope: GapScope
    /// The interface; nil means all interfaces of the capture.
    public var interface: String?
    /// Which of the taps that share the interface's packets by flow; nil means not a single one.
    public var worker: Int?
    /// The earliest time at which a packet may have been lost.
    public var from: Timestamp
    /// The latest such time so far; nil if unknown.
    public var to: Timestamp?
    /// The number of packets lost; nil if unknown, or counted under another cause.
    public var packets: UInt64?
    /// Whether the episode continues.
    public var open: Bool

    public init(
        episode: String, cause: GapCause, scope: GapScope, interface: String? = nil, worker: Int? = nil,
        from: Timestamp,
        to: Timestamp? = nil, packets: UInt64? = nil, open: Bool
    ) {
        (self.episode, self.cause, self.scope) = (episode, cause, scope)
        (self.interface, self.worker) = (interface, worker)
        (self.from, self.to, self.packets, self.open) = (from, to, packets, open)
    }

    /// Whether the gap overlaps the interval between two times; nil means no limit.
    public func overlaps(from: Timestamp?, to: Timestamp?) -> Bool {
        // If the clock is set back, an episode can end before its start.
        let end = self.to ?? self.from
        if let from, !open, max(self.from, end) < from { return false }
        if let to, min(self.from, end) > to { return false }
        return true
    }

    // `packets` and `to` are encoded as null, because an unknown value is information.
    public func encode(to encoder: any Encoder) throws {
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
public struct RemovedSegment: Codable, Equatable, Sendable {
    /// When the segment was removed.
    public var time: Timestamp
    /// Its file name in the capture's directory.
    public var name: String
    /// The size of the file in bytes; nil if unknown.
    public var size: Int64?
    /// The reason, in a few words.
    public var reason: String

    public init(time: Timestamp, name: String, size: Int64?, reason: String) {
        (self.time, self.name, self.size, self.reason) = (time, name, size, reason)
    }
}

/// The gaps and removed segments of a capture in an interval of time.
public struct Coverage: Codable, Equatable, Sendable {
    public var capture: String
    /// The requested interval; nil means no limit.
    public var from: Timestamp?
    public var to: Timestamp?
    /// The start of the ledger; nil if there is none.
    public var since: Timestamp?
    /// The prefix of the running daemon's episode identifiers; nil if no daemon runs.
    public var run: String?
    /// Whether the whole ledger could be read.
    public var complete: Bool
    /// Why the ledger is incomplete, as sentences.
    public var notes: [String]
    /// The gaps, oldest first.
    public var gaps: [Gap]
    /// The removed segments, in the order of removal.
    public var removed: [RemovedSegment]

    public init(
        capture: String, from: Timestamp? = nil, to: Timestamp? = nil, since: Timestamp? = nil, run: String? = nil,
        complete: Bool = true, notes: [String] = [], gaps: [Gap] = [], removed: [RemovedSegment] = []
    ) {
        (self.capture, self.from, self.to, self.since, self.run) = (capture, from, to, since, run)
        (self.complete, self.notes, self.gaps, self.removed) = (complete, notes, gaps, removed)
    }
}

/// The coverage of a capture, as part of the status.
public struct CoverageStatus: Codable, Equatable, Sendable {
    /// The episodes that continue.
    public var open: [Gap]
    /// When the last packet was lost since the daemon's start; nil if none was.
    public var lastLoss: Timestamp?
    /// The number of episodes since the daemon's start, by cause.
    public var counts: [GapCount]
    /// Why the ledger cannot be written; nil if it can.
    public var ledgerFailure: String?

    public init(open: [Gap] = [], lastLoss: Timestamp? = nil, counts: [GapCount] = [], ledgerFailure: String? = nil) {
        (self.open, self.lastLoss, self.counts, self.ledgerFailure) = (open, lastLoss, counts, ledgerFailure)
    }
}

public struct GapCount: Codable, Equatable, Sendable {
    public var cause: GapCause
    public var count: UInt64

    public init(cause: GapCause, count: UInt64) { (self.cause, self.count) = (cause, count) }
}
