/// What one capture does on one interface, beside what it counts.
public struct CaptureActivity: Equatable, Sendable {
    /// Whether the disk does not take packets.
    public var isSuspended = false
    /// Since when its writer waits for the disk, by the monotonic clock; nil when it does not.
    public var storingSince: UInt64?
    /// What is being written, as far as it is in the file; none between segments.
    public var openSegments: [SegmentSummary] = []
    /// When the last packet came; nil before the first.
    public var newest: Timestamp?
    /// Bytes written to files.
    public var writtenBytes: UInt64 = 0
    /// Of matched packets, on the wire, in bytes.
    public var packetSizes = Histogram()
    /// How long no buffer was free when one was needed, in nanoseconds.
    public var holdWaits = Histogram()
    /// How long it took to write a hold buffer, in nanoseconds.
    public var writes = Histogram()
    /// How long the oldest packet of a hold buffer had been here when it was written, in nanoseconds.
    public var flushAges = Histogram()

    public init() {}

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
