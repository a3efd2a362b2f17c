import Counters

/// The counts of a tap, readable by every thread. Only the drain thread changes them (I2).
final class TapCounters: Sendable {
    /// The current step of the drain thread.
    let progress = Progress()
    private let drain = CounterCells<TapCounter>()
    /// Counts `ringDropped`, with the episodes of the drops (I11).
    let ringLosses = LossMeter(.ring)
    /// Fill of the ring at each block that was taken, in eighths.
    let ringFill = SharedHistogram()

    /// Reads the drops first. They are counted after the packets are published as received, so the reading's
    /// `received` includes them.
    var counts: TapCounts {
        let ringDropped = ringLosses.total
        var counts = drain.counts
        counts[.ringDropped] = ringDropped
        return counts
    }

    /// Publishes the drain thread's counts, once per block.
    func publish(_ counts: TapCounts) { drain.publish(counts) }
}
