/// A histogram.
package struct HistogramStatus: Codable, Equatable, Sendable {
    /// The number of values in each bucket; see `HistogramBuckets`.
    package var counts: [UInt64]
    /// The sum of all values.
    package var sum: Double

    package init(counts: [UInt64], sum: Double) { (self.counts, self.sum) = (counts, sum) }
}

/// The upper bounds of histogram buckets. The last bucket, which has no bound, is not included.
package struct HistogramBuckets: Codable, Equatable, Sendable {
    /// Bounds of durations, in seconds.
    package var seconds: [Double]
    /// Bounds of packet sizes, in bytes.
    package var bytes: [Double]
    /// Bounds of ratios, from 0 to 1.
    package var ratio: [Double]

    package init(seconds: [Double], bytes: [Double], ratio: [Double]) {
        (self.seconds, self.bytes, self.ratio) = (seconds, bytes, ratio)
    }
}
