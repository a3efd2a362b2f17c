/// Why packets are in no segment: the word that the ledger, the journal, the metrics and the API share.
public enum GapCause: String, Codable, CaseIterable, Sendable {
    /// Counted losses: the ring was full, no buffer was free, the disk did not take the packets. Over the distinct episodes
    /// since the daemon's start, open ones included, they sum to `ring_dropped`, `hold_dropped` and `disk_dropped`.
    case ring, hold, disk
    /// The disk refuses; the packets that it did not take are counted by the episodes of cause `disk`.
    case suspended
    /// From the end of one daemon to the first packet that the next one could take, after a stop or an upgrade.
    case restart
    /// The same, after an end that nobody ordered: what was in memory is lost, too.
    case crash
    /// The daemon was stopped and has not been started again.
    case stopped
    /// No interface of the capture has been there and up since the daemon began to look for one.
    case waiting
    /// The interface went down, or away.
    case interfaceGone = "interface-gone"
    /// A reload took the capture out of the configuration, or moved it to another tap.
    case reload
    /// The kernel refuses the capture on the interface, or no tap can be opened there.
    case refused
    /// The clock was set: `from` is the time before, `to` the time after.
    case clockStep = "clock-step"

    /// Whether packets of this cause are counted.
    public var isCounted: Bool { [.ring, .hold, .disk].contains(self) }
}

/// Whose packets are missing.
public enum GapScope: String, Codable, Sendable {
    /// Those of one capture.
    case capture
    /// Those of a tap, which may have been for any of its captures: the same episode stands in the ledger of each.
    case tap
}

/// An interval in which packets of a capture were lost, or not captured.
public struct Gap: Codable, Equatable, Sendable {
    /// The same in the journal and in the ledgers of all captures that it concerns.
    public var episode: String
    public var cause: GapCause
    public var scope: GapScope
    /// Nil: all interfaces of the capture.
    public var interface: String?
    /// Which of the taps that share the interface's packets by flow; nil: not one alone.
    public var worker: Int?
    /// When the first lost packet could have come.
    public var from: Moment
    /// And the last, so far; nil: not known.
    public var to: Moment?
    /// How many were lost; nil: not known, or counted under another cause.
    public var packets: UInt64?
    /// Whether it goes on.
    public var open: Bool

    public init(
        episode: String, cause: GapCause, scope: GapScope, interface: String? = nil, worker: Int? = nil, from: Moment,
        to: Moment? = nil, packets: UInt64? = nil, open: Bool
    ) {
        (self.episode, self.cause, self.scope) = (episode, cause, scope)
        (self.interface, self.worker) = (interface, worker)
        (self.from, self.to, self.packets, self.open) = (from, to, packets, open)
    }

    /// Whether some of it lies between two times; nil: no limit.
    public func overlaps(from: Moment?, to: Moment?) -> Bool {
        // A clock that is set back makes an end that is before its beginning.
        let end = self.to ?? self.from
        if let from, !open, max(self.from, end) < from { return false }
        if let to, min(self.from, end) > to { return false }
        return true
    }

    // `packets` and `to` stand there as null, too, since that is something to know.
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

/// A segment that is gone.
public struct RemovedSegment: Codable, Equatable, Sendable {
    /// When it was removed.
    public var time: Moment
    /// Its name in the capture's directory.
    public var name: String
    /// Bytes of the file; nil: not known.
    public var size: Int64?
    /// Why, in a word or a few.
    public var reason: String

    public init(time: Moment, name: String, size: Int64?, reason: String) {
        (self.time, self.name, self.size, self.reason) = (time, name, size, reason)
    }
}

/// What a capture has, and what it has not, in a stretch of time.
public struct Coverage: Codable, Equatable, Sendable {
    public var capture: String
    /// What was asked for; nil: no limit.
    public var from: Moment?
    public var to: Moment?
    /// Since when the ledger tells; nil: there is none.
    public var since: Moment?
    /// What the episodes of the running daemon begin with; nil: no daemon runs.
    public var run: String?
    /// Whether the whole ledger could be read.
    public var complete: Bool
    /// Why not: sentences.
    public var notes: [String]
    /// The oldest first.
    public var gaps: [Gap]
    /// Segments that are gone, the one that went first first.
    public var removed: [RemovedSegment]

    public init(
        capture: String, from: Moment? = nil, to: Moment? = nil, since: Moment? = nil, run: String? = nil,
        complete: Bool = true, notes: [String] = [], gaps: [Gap] = [], removed: [RemovedSegment] = []
    ) {
        (self.capture, self.from, self.to, self.since, self.run) = (capture, from, to, since, run)
        (self.complete, self.notes, self.gaps, self.removed) = (complete, notes, gaps, removed)
    }
}

/// How a capture is covered, in the status.
public struct CoverageStatus: Codable, Equatable, Sendable {
    /// Episodes that go on.
    public var open: [Gap]
    /// When the last packet was lost, since the daemon's start; nil: none was.
    public var lastLoss: Moment?
    /// How many episodes there were since the daemon's start, by cause.
    public var counts: [GapCount]
    /// Why the ledger cannot be written, when it cannot.
    public var ledgerFailure: String?

    public init(open: [Gap] = [], lastLoss: Moment? = nil, counts: [GapCount] = [], ledgerFailure: String? = nil) {
        (self.open, self.lastLoss, self.counts, self.ledgerFailure) = (open, lastLoss, counts, ledgerFailure)
    }
}

public struct GapCount: Codable, Equatable, Sendable {
    public var cause: GapCause
    public var count: UInt64

    public init(cause: GapCause, count: UInt64) { (self.cause, self.count) = (cause, count) }
}
