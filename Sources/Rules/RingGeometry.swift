/// The kernel ring of a tap: TPACKET_V3 blocks.
package struct RingGeometry: Equatable, Hashable, Sendable {
    /// Bytes of the ring and of one block; both are multiples of the page size.
    package var size: Int
    package var block: Int
    /// Milliseconds after which the kernel hands over a partly filled block.
    package var timeout: UInt32
    /// Rings and drain threads per interface. The kernel spreads packets over them by flow.
    package var workers: Int

    package init(size: Int, block: Int, timeout: UInt32, workers: Int = 1) {
        (self.size, self.block, self.timeout, self.workers) = (size, block, timeout, workers)
    }

    /// Number of blocks.
    package var count: Int { size / block }
}
