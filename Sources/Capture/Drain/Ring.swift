import CLinux
import Glibc
package import Linux
package import Rules
import Synchronization

/// The memory that the kernel fills with packets, block by block, in a circle. One thread takes the blocks.
///
/// The status word of a block names its owner. The kernel fills a block and hands it over; `Block.deinit` returns it.
/// Any thread may keep any number of blocks for any time: the memory stays mapped until the last one is back (I5). See
/// Documentation/networking/packet_mmap.rst, "TPACKET_V3".
package struct Ring: ~Copyable {
    /// The size that the kernel granted.
    let geometry: RingGeometry
    private let memory: RingMemory
    /// The block that the kernel hands over next.
    private var next = 0
    /// Per block: packets that the kernel dropped before the first packet of the block.
    private var dropped: [UInt64]
    /// Sum of `dropped`.
    private var droppedCount: UInt64 = 0

    /// A ring in `memory` of `geometry.size` bytes. The kernel fills it from the first block on.
    package init(memory: consuming Mapping, geometry: RingGeometry) {
        self.memory = RingMemory(memory)
        self.geometry = geometry
        dropped = Array(repeating: 0, count: geometry.count)
    }

    /// Notes that the kernel dropped `count` packets since the last call. The kernel drops when the oldest block that
    /// was not returned is its next one, so the drops precede the next contents of that block.
    mutating func note(dropped count: UInt64) {
        let out = memory.blocksOut.load(ordering: .acquiring)
        dropped[(next + geometry.count - out) % geometry.count] += count
        droppedCount += count
    }

    /// Returns the drops that precede packets yet to arrive; 0 while blocks that the kernel has handed over remain.
    mutating func takeDropped() -> UInt64 {
        guard droppedCount > 0, unsafe !isHandedOver(memory.mapping.base + next * geometry.block) else { return 0 }
        defer {
            droppedCount = 0
            for place in dropped.indices { dropped[place] = 0 }
        }
        return droppedCount
    }

    /// Whether every block that the kernel has handed over has been taken.
    var isEmpty: Bool { !isHandedOver(after: 0) }

    /// Whether half of the ring is full of blocks that were not returned yet.
    var isHalfFull: Bool { isHandedOver(after: geometry.count / 2) }

    /// Fill of the ring in eighths, rounded up, including the block that was taken last.
    var filledEighths: Int {
        var eighths = 1
        // More than `eighths` eighths are full if the block that exceeds that share is handed over.
        while eighths < 8, isHandedOver(after: eighths * geometry.count / 8 - 1) { eighths += 1 }
        return eighths
    }

    /// Whether the kernel has handed over the block at `distance` behind the next one, and so every block before it.
    private func isHandedOver(after distance: Int) -> Bool {
        guard distance >= 0 else { return true }
        let index = (next + distance) % geometry.count
        return unsafe isHandedOver(memory.mapping.base + index * geometry.block)
    }

    private func isHandedOver(_ base: UnsafeMutableRawPointer) -> Bool {
        unsafe Block.status(of: base).pointee.load(ordering: .acquiring) & UInt32(TP_STATUS_USER) != 0
    }

    /// Timestamp of the next packet to be taken, in seconds since 1970; nil if the ring is empty.
    var nextSecond: Int64? {
        guard memory.blocksOut.load(ordering: .acquiring) < geometry.count, !isEmpty else { return nil }
        let packets = unsafe Block.packets(at: memory.mapping.base + next * geometry.block)
        guard let packet = packets.first else { return nil }
        return Int64(packet.seconds)
    }

    /// Takes the next block that the kernel has handed over; nil if there is none.
    mutating func take() -> Block? {
        // The status word of a block that was not returned looks like a new handover.
        guard memory.blocksOut.load(ordering: .acquiring) < geometry.count else { return nil }
        let base = unsafe memory.mapping.base + next * geometry.block
        guard unsafe isHandedOver(base) else { return nil }
        let block = unsafe Block(at: base, in: memory, dropped: dropped[next])
        droppedCount -= dropped[next]
        dropped[next] = 0
        next = next + 1 == geometry.count ? 0 : next + 1
        return block
    }
}

/// The mapping of a ring. Lives as long as the ring or any of its blocks (I5).
final class RingMemory: Sendable {
    let mapping: Mapping
    /// Blocks that were taken and not returned.
    let blocksOut = Atomic(0)

    init(_ mapping: consuming Mapping) { self.mapping = mapping }
}
