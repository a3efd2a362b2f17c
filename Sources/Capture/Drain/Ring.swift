import CLinux
import Glibc
import Linux
import Synchronization

/// The memory that the kernel fills with packets, block after block, in a circle. One thread takes the blocks out.
///
/// A block has a status word that says whose it is. The kernel fills one and gives it to us; we give it back in `Block`'s
/// `deinit`. Blocks may be out for long, and more than one at a time, on any thread: the memory stays mapped while one
/// is. See Documentation/networking/packet_mmap.rst, "TPACKET_V3".
struct Ring: ~Copyable {
    /// How large it became.
    let geometry: RingGeometry
    private let memory: RingMemory
    /// The block that the kernel hands over next.
    private var next = 0
    /// For each block, how many packets the kernel dropped before the first in it.
    private var dropped: [UInt64]
    /// All of them together.
    private var droppedCount: UInt64 = 0

    /// A ring in `memory` of `geometry.size` bytes, which the kernel fills from its first block on.
    init(memory: consuming Mapping, geometry: RingGeometry) {
        self.memory = RingMemory(memory)
        self.geometry = geometry
        dropped = Array(repeating: 0, count: geometry.count)
    }

    /// Notes that the kernel dropped `count` packets since the last time this was asked: it wanted to go on in the oldest
    /// block that was not given back. So they belong before what will stand in that block when it comes again.
    mutating func note(dropped count: UInt64) {
        let out = memory.blocksOut.load(ordering: .acquiring)
        dropped[(next + geometry.count - out) % geometry.count] += count
        droppedCount += count
    }

    /// How many packets the kernel dropped before what is not in the ring yet, where it has handed over all that is.
    mutating func takeDropped() -> UInt64 {
        guard droppedCount > 0, unsafe !isHandedOver(memory.mapping.base + next * geometry.block) else { return 0 }
        defer {
            droppedCount = 0
            for place in dropped.indices { dropped[place] = 0 }
        }
        return droppedCount
    }

    /// Whether all that the kernel has handed over has been taken.
    var isEmpty: Bool { !isHandedOver(after: 0) }

    /// Whether the kernel has filled half of the ring and waits to have it back.
    var isHalfFull: Bool { isHandedOver(after: geometry.count / 2) }

    /// How much of the ring is full, the block that was taken last included, in eighths, rounded up.
    var filledEighths: Int {
        var eighths = 1
        // More than so many eighths are full when the block that makes it more is.
        while eighths < 8, isHandedOver(after: eighths * geometry.count / 8 - 1) { eighths += 1 }
        return eighths
    }

    /// Whether the kernel has handed over the block that comes so many after the next one; those before that, it has.
    private func isHandedOver(after distance: Int) -> Bool {
        guard distance >= 0 else { return true }
        let index = (next + distance) % geometry.count
        return unsafe isHandedOver(memory.mapping.base + index * geometry.block)
    }

    private func isHandedOver(_ base: UnsafeMutableRawPointer) -> Bool {
        unsafe Block.status(of: base).pointee.load(ordering: .acquiring) & UInt32(TP_STATUS_USER) != 0
    }

    /// When the packet came that is the next to be taken, in seconds since 1970; nil when there is none yet.
    var nextSecond: Int64? {
        guard memory.blocksOut.load(ordering: .acquiring) < geometry.count, !isEmpty else { return nil }
        let packets = unsafe Block.packets(at: memory.mapping.base + next * geometry.block)
        guard let packet = packets.first else { return nil }
        return Int64(packet.seconds)
    }

    /// The next block the kernel has handed over, or nil.
    mutating func take() -> Block? {
        // A block that is still out looks as if the kernel had handed it over again.
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

/// The mapping, kept while the ring or any of its blocks is alive.
final class RingMemory: Sendable {
    let mapping: Mapping
    /// How many blocks somebody owns.
    let blocksOut = Atomic(0)

    init(_ mapping: consuming Mapping) { self.mapping = mapping }
}
