import Synchronization

/// How often values of each magnitude came.
public struct Histogram: Equatable, Sendable {
    /// One count for each; the last bucket takes all that is too large for the others.
    typealias Buckets = [12 of UInt64]
    static let bucketCount = Buckets.count

    /// Values in each bucket.
    public var counts: [UInt64]
    /// Of all values.
    public var sum: UInt64

    public init(counts: [UInt64] = Array(repeating: 0, count: 12), sum: UInt64 = 0) {
        (self.counts, self.sum) = (counts, sum)
    }

    /// Of two together.
    public static func + (left: Histogram, right: Histogram) -> Histogram {
        Histogram(counts: zip(left.counts, right.counts).map { $0 + $1 }, sum: left.sum + right.sum)
    }
}

/// Which bucket a value belongs to. A value costs a few instructions: the buckets are powers of two.
public enum HistogramScale: Sendable {
    /// Nanoseconds, from 16 µs to 17 s, each bucket four times the one before.
    case duration
    /// Bytes of a packet on the wire: below 64, from then on each bucket twice the one before.
    case size
    /// Eighths of a whole.
    case share

    /// The greatest value of each bucket but the last, in its unit.
    public var bounds: [UInt64] {
        switch self {
        case .duration: (0..<Histogram.bucketCount - 1).map { 1 << (14 + 2 * $0) }
        case .size: (0..<Histogram.bucketCount - 1).map { 1 << (6 + $0) - 1 }
        case .share: (1..<9).map { UInt64($0) }
        }
    }

    /// The bucket of a packet of so many bytes.
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

/// A histogram where every thread can read it. One thread adds to it, or publishes what it has counted by itself.
final class SharedHistogram: Sendable {
    private let counts = [12 of Atomic<UInt64>].init { _ in Atomic(0) }
    private let sum = Atomic<UInt64>(0)

    var histogram: Histogram {
        Histogram(
            counts: (0..<Histogram.bucketCount).map { counts[$0].load(ordering: .relaxed) },
            sum: sum.load(ordering: .relaxed))
    }

    /// Adds a value to a bucket.
    func add(_ value: UInt64, to bucket: Int) {
        counts[bucket].add(1, ordering: .relaxed)
        sum.add(value, ordering: .relaxed)
    }

    /// Adds a time that something took.
    func add(nanoseconds: UInt64) { add(nanoseconds, to: HistogramScale.bucket(ofDuration: nanoseconds)) }

    func publish(_ counts: Histogram.Buckets, sum: UInt64) {
        for bucket in 0..<Histogram.bucketCount { self.counts[bucket].store(counts[bucket], ordering: .relaxed) }
        self.sum.store(sum, ordering: .relaxed)
    }
}
