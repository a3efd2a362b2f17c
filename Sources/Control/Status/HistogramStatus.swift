/// A histogram.
public struct HistogramStatus: Codable, Equatable, Sendable {
    /// The number of values in each bucket; see `HistogramBuckets`.
    public var counts: [UInt64]
    /// The sum of all values.
    public var sum: Double

    public init(counts: [UInt64], sum: Double) { (self.counts, self.sum) = (counts, sum) }
}

/// The upper bounds of histogram buckets. The last bucket, which has no bound, is not included.
public struct HistogramBuckets: Codable, Equatable, Sendable {
    /// Bounds of durations, in seconds.
    public var seconds: [Double]
    /// Bounds of packet sizes, in bytes.
    public var bytes: [Double]
    /// Bounds of ratios, from 0 to 1.
    public var ratio: [Double]

    public init(seconds: [Double], bytes: [Double], ratio: [Double]) {
        (self.seconds, self.bytes, self.ratio) = (seconds, bytes, ratio)
    }
}
