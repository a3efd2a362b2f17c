import Linux

/// How much is said about one thing: a burst, then a line a second. An interface that flaps or a disk that comes and goes
/// must not fill the journal; what is left out is counted.
///
/// Each event about each capture and interface has a bucket of lines that fills again with time, and each event has one for
/// all of them together, ten times as large, since names can be many.
struct LogLimit {
    /// Lines.
    private static let burst = 60.0
    /// Buckets that are kept: more than a host has, unless its names change all the time.
    private static let most = 1000

    private struct Bucket {
        /// Lines that it gets in a second.
        let rate: Double
        var lines: Double
        /// When it was filled, by the monotonic clock.
        var time: UInt64
        var leftOut = 0

        init(rate: Double, at now: UInt64) { (self.rate, lines, time) = (rate, rate * LogLimit.burst, now) }

        var isFull: Bool { lines >= rate * LogLimit.burst && leftOut == 0 }

        mutating func fill(at now: UInt64) {
            lines = min(rate * LogLimit.burst, lines + Double(now - time) / .nanosecondsPerSecond * rate)
            time = now
        }

        /// Takes a line, should there be one.
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

    /// Whether a line about `event` and `subject` may be said at `now`, by the monotonic clock.
    mutating func admits(_ event: String, about subject: String, at now: UInt64) -> Bool {
        if buckets.count >= LogLimit.most { forget(at: now) }
        return buckets["\(event), \(subject)", default: Bucket(rate: 1, at: now)].take(at: now)
            && buckets[event, default: Bucket(rate: 10, at: now)].take(at: now)
    }

    /// What was left out since this was last asked: about what, how many lines.
    mutating func takeLeftOut() -> [(about: String, lines: Int)] {
        let found = buckets.filter { $0.value.leftOut > 0 }.map { (about: $0.key, lines: $0.value.leftOut) }
        for (about, _) in found { buckets[about]?.leftOut = 0 }
        return found.sorted { $0.about < $1.about }
    }

    /// A full bucket is as good as none; where all names are new, the buckets of the events hold.
    private mutating func forget(at now: UInt64) {
        for key in buckets.keys { buckets[key]?.fill(at: now) }
        buckets = buckets.filter { !$0.value.isFull }
        if buckets.count >= LogLimit.most { buckets = buckets.filter { $0.value.leftOut > 0 || $0.value.rate > 1 } }
    }
}
