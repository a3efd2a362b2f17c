import Linux

/// Where a store gets its free buffers, and how long it waits for one. Lives on the drain thread.
struct BufferSupply: ~Copyable, Sendable {
    private let exchange: Exchange
    private let waits: SharedHistogram
    /// A free buffer that was waited for.
    private var spare: Buffer?
    /// Whether a buffer was waited for in vain, and none came since.
    private(set) var isStalled = false
    /// Since when no buffer is free and one is needed, by the monotonic clock.
    private var starvingSince: UInt64?

    /// `waits` takes how long no buffer was free when one was needed.
    init(from exchange: Exchange, waits: SharedHistogram) { (self.exchange, self.waits) = (exchange, waits) }

    /// Waits for a free buffer until the monotonic clock reaches `deadline`, 0 to not wait; false when none came.
    mutating func wait(until deadline: UInt64) -> Bool {
        if spare == nil { spare = exchange.takeFree(until: 0) }
        if spare == nil, deadline > 0 {
            starvingSince = starvingSince ?? Clock.monotonic()
            spare = exchange.takeFree(until: deadline)
        }
        if spare != nil, let since = starvingSince.take() { waits.add(nanoseconds: Clock.monotonic() - since) }
        isStalled = spare == nil && (isStalled || deadline > 0)
        return spare != nil
    }

    /// The buffer that `wait` found.
    mutating func take() -> Buffer? { spare.take() }
}
