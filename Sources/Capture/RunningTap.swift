import BasicContainers
import Linux

/// A tap whose threads run. Letting go of it waits for them to end, so order `stop` and await `.ended` first.
public final class RunningTap: Sendable {
    /// Its number in `.ended`.
    public let index: Int
    public let rule: TapRule
    /// How large the ring became; smaller than `rule.ring` where the kernel lacked the memory.
    public let ring: RingGeometry
    private let orders: TapOrders
    private let counters: TapCounters
    private let sources: [(source: CaptureSource, counters: CaptureCounters, exchange: Exchange)]
    private let drainer: DedicatedThread
    private let writers: UniqueArray<DedicatedThread>

    init(
        index: Int, rule: TapRule, ring: RingGeometry, orders: TapOrders, counters: TapCounters,
        sources: [(CaptureSource, CaptureCounters, Exchange)], drainer: consuming DedicatedThread,
        writers: consuming UniqueArray<DedicatedThread>
    ) {
        (self.index, self.rule, self.ring, self.orders, self.counters) = (index, rule, ring, orders, counters)
        self.sources = sources
        self.drainer = drainer
        self.writers = writers
    }

    /// What happened to its packets so far.
    public var counts: TapCounts { counters.counts }
    /// And to those of each capture it serves.
    public var captureCounts: [(source: CaptureSource, counts: CaptureCounts)] {
        sources.map { ($0.source, $0.counters.counts) }
    }

    /// Stops reception, drains what the kernel has accepted, writes and seals it. Returns at once; `.ended` comes when it
    /// is done.
    public func stop() { orders.stop.raise() }

    /// Stops at once: each thread finishes the write it is doing; the rest is counted as lost.
    public func abandon() {
        orders.abandon.raise()
        orders.stop.raise()
        for source in sources { source.exchange.abandon() }
    }
}
