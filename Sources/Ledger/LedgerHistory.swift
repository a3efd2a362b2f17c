public import Control

/// What the lines of a ledger add up to.
public struct LedgerHistory: Codable, Equatable, Sendable {
    /// In the order in which they began.
    public private(set) var gaps: [Gap] = []
    public private(set) var removed: [RemovedSegment] = []
    /// The last time that any line knows of: until then the capture was looked after.
    public private(set) var last: Moment?
    /// The number of the last line; 0: there is none.
    public private(set) var seq: UInt64 = 0
    private var places: [String: Int] = [:]

    public init() {}

    /// Takes a file over that was begun at this time.
    mutating func begin(at time: Moment) { last = max(last ?? time, time) }

    /// Takes a line over. The same episode may come more than once; what is known last holds.
    public mutating func add(_ line: LedgerLine) {
        seq = max(seq, line.seq)
        if let time = line.time { last = max(last ?? time, time) }
        if let segment = line.removedSegment { removed.append(segment) }
        if let gap = line.gap { add(gap) }
    }

    /// Takes an episode over.
    public mutating func add(_ gap: Gap) {
        guard let place = places[gap.episode] else {
            places[gap.episode] = gaps.count
            return gaps.append(gap)
        }
        gaps[place] = gap
    }

    /// Those that have not ended.
    public var open: [Gap] { gaps.filter(\.open) }

    /// Forgets what is over, so that only what matters for the next line is left.
    mutating func forgetEnded() {
        (gaps, removed) = (open, [])
        places = Dictionary(uniqueKeysWithValues: gaps.enumerated().map { ($1.episode, $0) })
    }
}
