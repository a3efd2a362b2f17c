import Synchronization

/// What happened to the packets of one tap. Always, while nothing is in flight: `received = drained + ringDropped`.
public struct TapCounts: Equatable, Sendable {
    /// Accepted by the kernel filter, those dropped afterwards included.
    public var received: UInt64 = 0
    /// Taken out of the ring.
    public var drained: UInt64 = 0
    /// Accepted, but the ring was full.
    public var ringDropped: UInt64 = 0
    /// How often the ring was found full; not packets.
    public var ringFreezes: UInt64 = 0

    /// What is in the ring, or lost without a name if it stays when nothing is in flight.
    public var inFlight: Int64 { Int64(received) - Int64(drained) - Int64(ringDropped) }

    public init(received: UInt64 = 0, drained: UInt64 = 0, ringDropped: UInt64 = 0, ringFreezes: UInt64 = 0) {
        (self.received, self.drained) = (received, drained)
        (self.ringDropped, self.ringFreezes) = (ringDropped, ringFreezes)
    }

    /// Of two taps together.
    public static func + (left: TapCounts, right: TapCounts) -> TapCounts {
        TapCounts(
            received: left.received + right.received, drained: left.drained + right.drained,
            ringDropped: left.ringDropped + right.ringDropped, ringFreezes: left.ringFreezes + right.ringFreezes)
    }
}

/// What happened to the packets of one capture on one interface.
/// Always, while nothing is in flight: `matched = written + holdDropped + diskDropped`.
public struct CaptureCounts: Equatable, Sendable {
    /// Drained, and meant for this capture.
    public var matched: UInt64 = 0
    /// In a segment.
    public var written: UInt64 = 0
    /// No buffer was free for it.
    public var holdDropped: UInt64 = 0
    /// The disk did not take it.
    public var diskDropped: UInt64 = 0
    /// Kept, but cut by the snap length: a note, no loss.
    public var truncated: UInt64 = 0

    /// Packets that were meant for a segment and are in none.
    public var losses: UInt64 { holdDropped + diskDropped }

    /// What is in store or hold, or lost without a name if it stays when nothing is in flight.
    public var inFlight: Int64 { Int64(matched) - Int64(written) - Int64(holdDropped) - Int64(diskDropped) }

    public init(
        matched: UInt64 = 0, written: UInt64 = 0, holdDropped: UInt64 = 0, diskDropped: UInt64 = 0,
        truncated: UInt64 = 0
    ) {
        (self.matched, self.written, self.truncated) = (matched, written, truncated)
        (self.holdDropped, self.diskDropped) = (holdDropped, diskDropped)
    }

    /// Of two taps together.
    public static func + (left: CaptureCounts, right: CaptureCounts) -> CaptureCounts {
        CaptureCounts(
            matched: left.matched + right.matched, written: left.written + right.written,
            holdDropped: left.holdDropped + right.holdDropped, diskDropped: left.diskDropped + right.diskDropped,
            truncated: left.truncated + right.truncated)
    }
}

/// A tap's counts where every thread can read them. The drain thread alone changes them.
final class TapCounters: Sendable {
    /// What the drain thread is at.
    let progress = Progress()
    private let received = Atomic<UInt64>(0)
    private let drained = Atomic<UInt64>(0)
    let ringLosses = LossMeter(.ring)
    private let ringFreezes = Atomic<UInt64>(0)
    /// How much of the ring was full whenever a block was taken out, in eighths.
    let ringFill = SharedHistogram()

    var counts: TapCounts {
        TapCounts(
            received: received.load(ordering: .relaxed), drained: drained.load(ordering: .relaxed),
            ringDropped: ringLosses.total, ringFreezes: ringFreezes.load(ordering: .relaxed))
    }

    /// Makes `counts` known, but for `ringDropped`, of which `ringLosses` knows.
    func publish(_ counts: TapCounts) {
        received.store(counts.received, ordering: .relaxed)
        drained.store(counts.drained, ordering: .relaxed)
        ringFreezes.store(counts.ringFreezes, ordering: .relaxed)
    }
}

/// A capture's counts where every thread can read them. The drain thread publishes what it counts once for each block, the
/// writer thread adds what it wrote once for each hold buffer.
final class CaptureCounters: Sendable {
    /// What the writer thread is at.
    let progress = Progress()
    private let matched = Atomic<UInt64>(0)
    let (holdLosses, diskLosses) = (LossMeter(.hold), LossMeter(.disk))
    private let truncated = Atomic<UInt64>(0)
    private let written = Atomic<UInt64>(0)
    let activity = SharedActivity()

    /// What the writer counted is read first: it was matched before.
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
