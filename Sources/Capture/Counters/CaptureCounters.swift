import Counters

/// The counts of a capture on one interface, readable by every thread. The drain thread publishes its counts once per
/// block; the writer thread adds its own once per hold buffer (I3).
final class CaptureCounters: Sendable {
    /// The current step of the writer thread.
    let progress = Progress()
    /// Each thread has cells of its own, so no count has two writers.
    private let drain = CounterCells<CaptureCounter>()
    private let writer = CounterCells<CaptureCounter>()
    /// Count `holdDropped` (drain thread) and `diskDropped` (writer thread), with the episodes of the drops (I11).
    let (holdLosses, diskLosses) = (LossMeter(.hold), LossMeter(.disk))
    let activity = SharedActivity()

    /// Reads what became of packets first, and the drain thread's cells last. A packet is published as matched before
    /// it is counted as dropped, and before its buffer goes to the writer. So the reading's `matched` includes every
    /// packet that the reading counts as written or dropped.
    var counts: CaptureCounts {
        let (holdDropped, diskDropped) = (holdLosses.total, diskLosses.total)
        let written = writer.counts
        var counts = drain.counts + written
        counts[.holdDropped] = holdDropped
        counts[.diskDropped] = diskDropped
        return counts
    }

    /// Publishes the drain thread's counts.
    func publish(_ counts: CaptureCounts) { drain.publish(counts) }

    /// Adds to a count of the writer thread.
    func add(_ number: UInt64, to counter: CaptureCounter) { writer.add(number, to: counter) }
}
