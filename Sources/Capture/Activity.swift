import Linux
import Synchronization

/// What one capture on one interface counted and did so far.
public struct CaptureRecord: Equatable, Sendable {
    public var source: CaptureSource
    public var counts: CaptureCounts
    public var activity: CaptureActivity

    public init(
        source: CaptureSource, counts: CaptureCounts = CaptureCounts(), activity: CaptureActivity = CaptureActivity()
    ) {
        (self.source, self.counts, self.activity) = (source, counts, activity)
    }

    /// Of two that follow each other, or of two workers.
    public static func + (left: CaptureRecord, right: CaptureRecord) -> CaptureRecord {
        CaptureRecord(
            source: left.source, counts: left.counts + right.counts, activity: left.activity + right.activity)
    }
}

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

/// The same, where every thread can read it. The drain thread publishes its part once for each block, the writer thread once
/// for each hold buffer.
final class SharedActivity: Sendable {
    private let isSuspended = Atomic(false)
    private let openSegment = Mutex<SegmentSummary?>(nil)
    /// Nanoseconds since 1970; 0: none.
    private let newest = Atomic<Int64>(0)
    private let writtenBytes = Atomic<UInt64>(0)
    let packetSizes = SharedHistogram()
    let holdWaits = SharedHistogram()
    let writes = SharedHistogram()
    let flushAges = SharedHistogram()

    var activity: CaptureActivity {
        let newest = newest.load(ordering: .relaxed)
        var activity = CaptureActivity()
        activity.isSuspended = isSuspended.load(ordering: .relaxed)
        activity.openSegments = openSegment.withLock { $0 }.map { [$0] } ?? []
        activity.newest = newest == 0 ? nil : Timestamp(nanoseconds: newest)
        activity.writtenBytes = writtenBytes.load(ordering: .relaxed)
        (activity.packetSizes, activity.holdWaits) = (packetSizes.histogram, holdWaits.histogram)
        (activity.writes, activity.flushAges) = (writes.histogram, flushAges.histogram)
        return activity
    }

    // The drain thread's side.

    func publish(newest time: Timestamp) {
        newest.store(time.nanosecondsSince1970, ordering: .relaxed)
    }

    // The writer thread's side.

    func publish(isSuspended: Bool) { self.isSuspended.store(isSuspended, ordering: .relaxed) }
    func publish(open segment: SegmentSummary?) { openSegment.withLock { $0 = segment } }

    /// Notes that a hold buffer has been written, which took since `began` by the monotonic clock.
    func note(written hold: borrowing Hold, to segment: SegmentSummary, since began: UInt64) {
        let before = openSegment.withLock { open in
            defer { open = segment }
            return open?.path == segment.path ? open?.size ?? 0 : 0
        }
        writtenBytes.add(UInt64(max(0, segment.size - before)), ordering: .relaxed)
        let now = Clock.monotonic()
        writes.add(nanoseconds: now - began)
        flushAges.add(nanoseconds: now - min(hold.since, now))
    }
}
