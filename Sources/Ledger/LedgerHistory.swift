package import Control
package import Linux

/// The state that the lines of a ledger add up to.
package struct LedgerHistory: Codable, Equatable, Sendable {
    /// The episodes in the order in which they began.
    package private(set) var gaps: [Gap] = []
    package private(set) var removed: [RemovedSegment] = []
    /// The latest time in any line. The capture was monitored until then.
    package private(set) var last: Timestamp?
    /// The number of the last line; 0 if there is none.
    package private(set) var seq: UInt64 = 0
    private var places: [String: Int] = [:]

    package init() {}

    /// Applies the header of a file created at `time`.
    mutating func begin(at time: Timestamp) { last = max(last ?? time, time) }

    /// Applies a line. If an episode occurs more than once, its last line counts.
    package mutating func add(_ line: LedgerLine) {
        seq = max(seq, line.seq)
        if let time = line.time { last = max(last ?? time, time) }
        if let segment = line.removedSegment { removed.append(segment) }
        if let gap = line.gap { add(gap) }
    }

    /// Applies an episode.
    package mutating func add(_ gap: Gap) {
        guard let place = places[gap.episode] else {
            places[gap.episode] = gaps.count
            return gaps.append(gap)
        }
        gaps[place] = gap
    }

    /// The episodes that have not ended.
    package var open: [Gap] { gaps.filter(\.open) }

    /// Discards ended episodes, so that only the state for the next line remains.
    mutating func forgetEnded() {
        (gaps, removed) = (open, [])
        places = Dictionary(uniqueKeysWithValues: gaps.enumerated().map { ($1.episode, $0) })
    }
}
