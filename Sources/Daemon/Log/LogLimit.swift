import Linux

/// Limits the log lines about one subject: a burst, then a line per second. A flapping interface or disk must not
/// fill the journal. Suppressed lines are counted.
///
/// Each event of each capture and interface has a bucket of lines that refills with time. Each event also has one
/// bucket for all subjects, ten times as large, because there can be many names.
struct LogLimit {
    /// Lines of a burst.
    private static let burst = 60.0
    /// Most buckets: more than a host needs, unless its names change all the time.
    private static let most = 1000

    private struct Bucket {
        /// Lines that the bucket gains per second.
        let rate: Double
        var lines: Double
        /// Time of the last refill, by the monotonic clock.
        var time: UInt64
        var leftOut = 0

        init(rate: Double, at now: UInt64) { (self.rate, lines, time) = (rate, rate * LogLimit.burst, now) }

        var isFull: Bool { lines >= rate * LogLimit.burst && leftOut == 0 }

        mutating func fill(at now: UInt64) {
            lines = min(rate * LogLimit.burst, lines + Double(now - time) / .nanosecondsPerSecond * rate)
            time = now
        }

        /// Takes a line if the bucket has one.
        mutating func take(at now: UInt64) -> Bool {
            fill(at: now)
            guard lines >= 1 else {
                leftOut += 1
                return false
            }
            lines -= 1
            return true
        }
    }

    private var buckets: [String: Bucket] = [:]

    /// Whether a line about `event` and `subject` may be logged at `now`, by the monotonic clock.
    mutating func admits(_ event: String, about subject: String, at now: UInt64) -> Bool {
        if buckets.count >= LogLimit.most { forget(at: now) }
        return buckets["\(event), \(subject)", default: Bucket(rate: 1, at: now)].take(at: now)
            && buckets[event, default: Bucket(rate: 10, at: now)].take(at: now)
    }

    /// The subjects and the number of suppressed lines since the last call.
    mutating func takeLeftOut() -> [(about: String, lines: Int)] {
        let found = buckets.filter { $0.value.leftOut > 0 }.map { (about: $0.key, lines: $0.value.leftOut) }
        for (about, _) in found { buckets[about]?.leftOut = 0 }
        return found.sorted { $0.about < $1.about }
    }

    /// Removes full buckets, which equal new ones. If every name is new, the buckets of the events still limit the
    /// lines.
    private mutating func forget(at now: UInt64) {
        for key in buckets.keys { buckets[key]?.fill(at: now) }
        buckets = buckets.filter { !$0.value.isFull }
        if buckets.count >= LogLimit.most { buckets = buckets.filter { $0.value.leftOut > 0 || $0.value.rate > 1 } }
    }
}
