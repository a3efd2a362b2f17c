package import Linux

/// The effect of a `keep` rule on the existing segments, and how far back it reaches at their rate.
///
/// A plain value: a forecast removes nothing.
package struct KeepForecast: Equatable, Sendable {
    /// The number of existing segments.
    package var segments: Int
    /// The number of segments that the rule would remove, and their total size in bytes.
    package var removed: Int
    package var removedBytes: Int64
    /// The limits that would remove them.
    package var reasons: Set<Removal.Reason>
    /// Bytes per second of the newest segments, over at most a day; nil if they do not determine a rate.
    package var rate: Double?
    /// The seconds of packets that the rule retains at that rate; nil if the rule has no limit, or if the rate is
    /// unknown.
    package var reach: Double?

    package init(
        segments: Int, removed: Int, removedBytes: Int64, reasons: Set<Removal.Reason>, rate: Double?, reach: Double?
    ) {
        (self.segments, self.removed, self.removedBytes) = (segments, removed, removedBytes)
        (self.reasons, self.rate, self.reach) = (reasons, rate, reach)
    }

    package init(_ rule: RetentionRule, for found: [Adoption.Sealed], at now: Instant = .now) {
        self.init(rule, for: Inventory(rule, found: found, at: now), at: now)
    }

    package init(_ rule: RetentionRule, for holdings: Inventory, at now: Instant) {
        var holdings = holdings
        holdings.rule = rule
        segments = holdings.segments.count
        let newest = KeepForecast.newest(of: holdings)
        let expired = holdings.expire(at: now)
        (removed, reasons) = (expired.count, Set(expired.map(\.reason)))
        removedBytes = expired.reduce(0) { $0 + $1.segment.size }
        guard let newest else { return }
        rate = Double(newest.bytes) / newest.seconds
        let limits = [
            rule.size.map { Double($0) * newest.seconds / Double(newest.bytes) },
            rule.files.map { Double($0) * newest.seconds / Double(newest.segments) }, rule.age.map { Double($0) },
        ]
        reach = limits.compactMap(\.self).min()
    }

    /// The newest segments, from the first packet of the oldest of them to the first packet of the last segment. The
    /// last segment itself does not count.
    private static func newest(of holdings: Inventory) -> (segments: Int, bytes: Int64, seconds: Double)? {
        let dated = holdings.segments.filter { $0.dating == .name || $0.dating == .sealed }
        guard let last = dated.last else { return nil }
        let end = last.name.start.nanosecondsSince1970
        let day = dated.dropLast().drop { end - $0.name.start.nanosecondsSince1970 > 86_400_000_000_000 }
        guard let first = day.first else { return nil }
        let seconds = Double(end - first.name.start.nanosecondsSince1970) / .nanosecondsPerSecond
        let bytes = day.reduce(0) { $0 + $1.size }
        return seconds > 0 && bytes > 0 ? (day.count, bytes, seconds) : nil
    }
}
