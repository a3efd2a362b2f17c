import Synchronization

/// How often values of each magnitude occurred.
package struct Histogram: Equatable, Sendable {
    /// One count per bucket. The last bucket takes every value that is too large for the others.
    typealias Buckets = [12 of UInt64]
    static let bucketCount = Buckets.count

    /// Number of values per bucket.
    package var counts: [UInt64]
    /// Sum of all values.
    package var sum: UInt64

    package init(counts: [UInt64] = Array(repeating: 0, count: 12), sum: UInt64 = 0) {
        (self.counts, self.sum) = (counts, sum)
    }

    package static func + (left: Histogram, right: Histogram) -> Histogram {
        Histogram(counts: zip(left.counts, right.counts).map { $0 + $1 }, sum: left.sum + right.sum)
    }
}

/// The buckets of a histogram. They are powers of two, so a value costs a few instructions.
package enum HistogramScale: Sendable {
    /// Nanoseconds, from 16 µs to 17 s; each bucket is four times as wide as the one before.
    case duration
    /// Bytes of a packet on the wire: below 64, then each bucket is twice as wide as the one before.
    case size
    /// Eighths of a whole.
    case share

    /// The greatest value of each bucket except the last, in the scale's unit.
    package var bounds: [UInt64] {
        switch self {
        case .duration: (0..<Histogram.bucketCount - 1).map { 1 << (14 + 2 * $0) }
        case .size: (0..<Histogram.bucketCount - 1).map { 1 << (6 + $0) - 1 }
        case .share: (1..<9).map { UInt64($0) }
        }
    }

    /// The bucket of a packet of `bytes` bytes.
    @inline(__always)
    static func bucket(ofSize bytes: UInt32) -> Int {
        let width = UInt32.bitWidth - bytes.leadingZeroBitCount
        return min(max(width - 6, 0), Histogram.bucketCount - 1)
    }

    static func bucket(ofDuration nanoseconds: UInt64) -> Int {
        let width = UInt64.bitWidth - nanoseconds.leadingZeroBitCount
        return min(max((width - 13) / 2, 0), Histogram.bucketCount - 1)
    }
}

/// A histogram that every thread can read. One thread adds values, or publishes its own counts.
final class SharedHistogram: Sendable {
    private let counts = [12 of Atomic<UInt64>].init { _ in Atomic(0) }
    private let sum = Atomic<UInt64>(0)

    var histogram: Histogram {
        Histogram(
            counts: (0..<Histogram.bucketCount).map { counts[$0].load(ordering: .relaxed) },
            sum: sum.load(ordering: .relaxed))
    }

    func add(_ value: UInt64, to bucket: Int) {
        counts[bucket].add(1, ordering: .relaxed)
        sum.add(value, ordering: .relaxed)
    }

    func add(nanoseconds: UInt64) { add(nanoseconds, to: HistogramScale.bucket(ofDuration: nanoseconds)) }

    func publish(_ counts: Histogram.Buckets, sum: UInt64) {
        for bucket in 0..<Histogram.bucketCount { self.counts[bucket].store(counts[bucket], ordering: .relaxed) }
        self.sum.store(sum, ordering: .relaxed)
    }
}
