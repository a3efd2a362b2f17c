import Linux
import Synchronization

/// The activity of a capture, readable by every thread. The drain thread publishes its part once per block, the writer
/// thread once per hold buffer.
final class SharedActivity: Sendable {
    private let isSuspended = Atomic(false)
    private let openSegment = Mutex<SegmentSummary?>(nil)
    /// Nanoseconds since 1970; 0 before the first packet.
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
        activity.newest = newest == 0 ? nil : Timestamp(nanosecondsSince1970: newest)
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

    /// Notes that a hold buffer was written. The write began at `began`, by the monotonic clock.
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
