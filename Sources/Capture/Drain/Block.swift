import CLinux
import Glibc
import Linux
import Synchronization

/// A ring block that the kernel has filled. The owner holds it exclusively; `deinit` returns it to the kernel (I5).
@safe struct Block: ~Copyable, @unchecked Sendable {
    let packetCount: Int
    /// Packets that the kernel dropped before the first packet of the block.
    let dropped: UInt64
    private let memory: RingMemory
    private let base: UnsafeMutableRawPointer

    init(at base: UnsafeMutableRawPointer, in memory: RingMemory, dropped: UInt64) {
        self.dropped = dropped
        packetCount = unsafe Int((base + 12).load(as: UInt32.self))  // num_pkts
        unsafe (self.base, self.memory) = (base, memory)
        memory.blocksOut.add(1, ordering: .relaxed)
    }

    /// Timestamp of the last packet, in nanoseconds since 1970: `ts_last_pkt`.
    var end: Int64 {
        let (seconds, nanoseconds) = unsafe ((base + 40).load(as: UInt32.self), (base + 44).load(as: UInt32.self))
        return Int64(seconds) * .nanosecondsPerSecond + Int64(nanoseconds)
    }

    deinit {
        unsafe Block.status(of: base).pointee.store(UInt32(TP_STATUS_KERNEL), ordering: .releasing)
        memory.blocksOut.subtract(1, ordering: .releasing)
    }

    /// The packets in order of arrival. None of them can outlive the block.
    var packets: Packets {
        @_lifetime(borrow self)
        get {
            unsafe _overrideLifetime(Block.packets(at: base), borrowing: self)
        }
    }

    @_lifetime(immortal)
    static func packets(at base: UnsafeMutableRawPointer) -> Packets {
        let count = unsafe (base + 12).load(as: UInt32.self)  // num_pkts
        let first = unsafe (base + 16).load(as: UInt32.self)  // offset_to_first_pkt
        return unsafe Packets(first: UnsafeRawPointer(base) + Int(first), count: Int(count))
    }

    /// The status word, which names the owner of the block: `block_status`, after `version` and `offset_to_priv`.
    static func status(of base: UnsafeMutableRawPointer) -> UnsafePointer<Atomic<UInt32>> {
        unsafe UnsafePointer((base + 8).assumingMemoryBound(to: Atomic<UInt32>.self))
    }
}
