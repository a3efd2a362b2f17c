/// The kernel ring of a tap: TPACKET_V3 blocks.
public struct RingGeometry: Equatable, Hashable, Sendable {
    /// Bytes of the whole ring and of one block; both multiples of the page size.
    public var size: Int
    public var block: Int
    /// Milliseconds after which the kernel hands over a block that is not full.
    public var timeout: UInt32
    /// Rings, and drain threads, for each tap: the kernel spreads packets over them by flow.
    public var workers: Int

    public init(size: Int, block: Int, timeout: UInt32, workers: Int = 1) {
        (self.size, self.block, self.timeout, self.workers) = (size, block, timeout, workers)
    }

    /// How many blocks.
    public var count: Int { size / block }
}
