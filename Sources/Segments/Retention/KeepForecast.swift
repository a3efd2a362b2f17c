public import Linux

/// What a `keep` rule would do to the segments that are there, and how far back it reaches at the rate at which they came. A
/// plain value: nothing is removed.
public struct KeepForecast: Equatable, Sendable {
    /// The segments that there are.
    public var segments: Int
    /// Those that the rule would remove, and their bytes.
    public var removed: Int
    public var removedBytes: Int64
    /// For which reasons, in no order.
    public var reasons: Set<Removal.Reason>
    /// Bytes a second of the newest segments, a day of them at most; nil when they do not tell.
    public var rate: Double?
    /// How many seconds of packets stay at that rate; nil: all, or that is not known.
    public var reach: Double?

    public init(
        segments: Int, removed: Int, removedBytes: Int64, reasons: Set<Removal.Reason>, rate: Double?, reach: Double?
    ) {
        (self.segments, self.removed, self.removedBytes) = (segments, removed, removedBytes)
        (self.reasons, self.rate, self.reach) = (reasons, rate, reach)
    }

    public init(_ rule: RetentionRule, for found: [Adoption.Sealed], at now: Instant = .now) {
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

    /// The newest segments, from the first packet of the oldest of them to the first packet of the last, which itself does not count.
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
