package import Linux

/// What one capture does on one interface, besides its counts.
package struct CaptureActivity: Equatable, Sendable {
    /// Whether the capture is suspended because its disk refuses.
    package var isSuspended = false
    /// Start of the writer's current disk operation, by the monotonic clock; nil if the writer does not wait for the
    /// disk.
    package var storingSince: UInt64?
    /// The open segments as far as they are written; empty between segments.
    package var openSegments: [SegmentSummary] = []
    /// Timestamp of the newest packet; nil before the first one.
    package var newest: Timestamp?
    package var writtenBytes: UInt64 = 0
    /// Sizes of matched packets on the wire, in bytes.
    package var packetSizes = Histogram()
    /// Backpressure: how long no buffer was free when the store needed one, in nanoseconds.
    package var holdWaits = Histogram()
    /// How long the write of a hold buffer took, in nanoseconds.
    package var writes = Histogram()
    /// Age of the oldest packet in a hold buffer when the buffer was written, in nanoseconds.
    package var flushAges = Histogram()

    package init() {}

    static func + (left: CaptureActivity, right: CaptureActivity) -> CaptureActivity {
        var sum = left
        sum.isSuspended = left.isSuspended || right.isSuspended
        sum.storingSince = [left.storingSince, right.storingSince].compactMap { $0 }.min()
        sum.openSegments += right.openSegments
        sum.newest = [left.newest, right.newest].compactMap { $0 }.max()
        sum.writtenBytes += right.writtenBytes
        sum.packetSizes = left.packetSizes + right.packetSizes
        sum.holdWaits = left.holdWaits + right.holdWaits
        sum.writes = left.writes + right.writes
        sum.flushAges = left.flushAges + right.flushAges
        return sum
    }
}
