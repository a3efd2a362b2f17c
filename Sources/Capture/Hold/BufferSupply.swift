import Linux

/// The free buffers of a store, and the wait for them. Belongs to the drain thread.
struct BufferSupply: ~Copyable, Sendable {
    private let exchange: Exchange
    private let waits: SharedHistogram
    /// A free buffer that a wait has obtained.
    private var spare: Buffer?
    /// Whether a wait failed and the writer has returned no buffer since.
    private(set) var isStalled = false
    /// Start of the time in which a buffer is needed and none is free, by the monotonic clock.
    private var starvingSince: UInt64?

    /// `waits` gets the durations of these times.
    init(from exchange: Exchange, waits: SharedHistogram) { (self.exchange, self.waits) = (exchange, waits) }

    /// Waits for a free buffer until the monotonic clock reaches `deadline` (0: does not wait). Returns false if it
    /// got none.
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

    /// Takes the buffer that `wait` obtained.
    mutating func take() -> Buffer? { spare.take() }
}
