import Synchronization

/// Counts of one tap (I2): `received = drained + ringDropped` while nothing is in flight.
package struct TapCounts: Equatable, Sendable {
    /// Packets that the kernel filter accepted, drops included.
    package var received: UInt64 = 0
    /// Packets taken from the ring.
    package var drained: UInt64 = 0
    /// Accepted packets that were dropped because the ring was full.
    package var ringDropped: UInt64 = 0
    /// How often the kernel found the ring full; not a number of packets.
    package var ringFreezes: UInt64 = 0

    /// Packets in the ring. If it is not zero while nothing is in flight, packets were lost without a count.
    package var inFlight: Int64 { Int64(received) - Int64(drained) - Int64(ringDropped) }

    package init(received: UInt64 = 0, drained: UInt64 = 0, ringDropped: UInt64 = 0, ringFreezes: UInt64 = 0) {
        (self.received, self.drained) = (received, drained)
        (self.ringDropped, self.ringFreezes) = (ringDropped, ringFreezes)
    }

    package static func + (left: TapCounts, right: TapCounts) -> TapCounts {
        TapCounts(
            received: left.received + right.received, drained: left.drained + right.drained,
            ringDropped: left.ringDropped + right.ringDropped, ringFreezes: left.ringFreezes + right.ringFreezes)
    }
}

/// Counts of one capture on one interface (I3): `matched = written + holdDropped + diskDropped` while nothing is in
/// flight.
package struct CaptureCounts: Equatable, Sendable {
    /// Drained packets that the capture wants.
    package var matched: UInt64 = 0
    /// Packets in a segment.
    package var written: UInt64 = 0
    /// Packets dropped because no buffer was free.
    package var holdDropped: UInt64 = 0
    /// Packets dropped because the disk refused them.
    package var diskDropped: UInt64 = 0
    /// Packets that were kept but cut by the snap length; not a loss.
    package var truncated: UInt64 = 0

    /// Matched packets that are in no segment.
    package var losses: UInt64 { holdDropped + diskDropped }

    /// Packets in store or hold. If it is not zero while nothing is in flight, packets were lost without a count.
    package var inFlight: Int64 { Int64(matched) - Int64(written) - Int64(holdDropped) - Int64(diskDropped) }

    package init(
        matched: UInt64 = 0, written: UInt64 = 0, holdDropped: UInt64 = 0, diskDropped: UInt64 = 0,
        truncated: UInt64 = 0
    ) {
        (self.matched, self.written, self.truncated) = (matched, written, truncated)
        (self.holdDropped, self.diskDropped) = (holdDropped, diskDropped)
    }

    package static func + (left: CaptureCounts, right: CaptureCounts) -> CaptureCounts {
        CaptureCounts(
            matched: left.matched + right.matched, written: left.written + right.written,
            holdDropped: left.holdDropped + right.holdDropped, diskDropped: left.diskDropped + right.diskDropped,
            truncated: left.truncated + right.truncated)
    }
}

/// The counts of a tap, readable by every thread. Only the drain thread changes them (I2).
final class TapCounters: Sendable {
    /// The current step of the drain thread.
    let progress = Progress()
    private let received = Atomic<UInt64>(0)
    private let drained = Atomic<UInt64>(0)
    let ringLosses = LossMeter(.ring)
    private let ringFreezes = Atomic<UInt64>(0)
    /// Fill of the ring at each block that was taken, in eighths.
    let ringFill = SharedHistogram()

    var counts: TapCounts {
        TapCounts(
            received: received.load(ordering: .relaxed), drained: drained.load(ordering: .relaxed),
            ringDropped: ringLosses.total, ringFreezes: ringFreezes.load(ordering: .relaxed))
    }

    /// Publishes `counts`, except `ringDropped`, which `ringLosses` counts.
    func publish(_ counts: TapCounts) {
        received.store(counts.received, ordering: .relaxed)
        drained.store(counts.drained, ordering: .relaxed)
        ringFreezes.store(counts.ringFreezes, ordering: .relaxed)
    }
}

/// The counts of a capture, readable by every thread. The drain thread publishes its counts once per block; the writer
/// thread adds its own once per hold buffer (I3).
final class CaptureCounters: Sendable {
    /// The current step of the writer thread.
    let progress = Progress()
    private let matched = Atomic<UInt64>(0)
    let (holdLosses, diskLosses) = (LossMeter(.hold), LossMeter(.disk))
    private let truncated = Atomic<UInt64>(0)
    private let written = Atomic<UInt64>(0)
    let activity = SharedActivity()

    /// Reads the writer's counts first, so that a packet that is counted as written is also counted as matched.
    var counts: CaptureCounts {
        let (written, diskDropped) = (written.load(ordering: .acquiring), diskLosses.total)
        return CaptureCounts(
            matched: matched.load(ordering: .relaxed), written: written,
            holdDropped: holdLosses.total, diskDropped: diskDropped,
            truncated: truncated.load(ordering: .relaxed))
    }

    func publish(matched: UInt64, truncated: UInt64) {
        self.matched.store(matched, ordering: .relaxed)
        self.truncated.store(truncated, ordering: .relaxed)
    }

    func add(written records: UInt64) { written.add(records, ordering: .releasing) }
}
