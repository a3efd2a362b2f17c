import Linux
import Rules
import Synchronization

@testable import Capture

/// The kernel's side of a ring, without a kernel: a test fills blocks as net/packet/af_packet.c does, and sets the
/// socket's statistics. Used by one thread at a time.
@safe final class SyntheticKernel: PacketSource, @unchecked Sendable {
    struct Frame {
        var time: Timestamp
        var bytes: [UInt8]
        var wireLength: Int
        /// TPID and TCI of a VLAN tag that the kernel removed.
        var tag: (tpid: UInt16, tci: UInt16)?
    }

    /// See linux/if_packet.h.
    private enum StatusBits {
        static let (user, vlanValid, tpidValid) = (UInt32(1), UInt32(1 << 4), UInt32(1 << 6))
    }

    let geometry: RingGeometry
    private let base: UnsafeMutableRawPointer
    private var ring: Ring?
    /// The block that the kernel fills next.
    private var next = 0
    private var statistics: (received: UInt64, dropped: UInt64, freezes: UInt64) = (0, 0, 0)
    private let flag: WakeupFlag
    private(set) var isStopped = false
    /// Called when the loop reads the statistics, which it also does while it waits.
    var onStatistics: () -> Void = {}
    /// Called just before reception stops: packets may arrive until then.
    var beforeStop: () -> Void = {}

    /// A kernel with a ring of `count` blocks.
    init(blocks count: Int, block: Int = 1 << 16) throws {
        geometry = RingGeometry(size: count * block, block: block, timeout: 1, workers: 1)
        let memory = try Mapping(anonymous: geometry.size)
        unsafe base = memory.base
        ring = Ring(memory: memory, geometry: geometry)
        flag = try WakeupFlag()
        // Makes `poll` return at once, so that no turn of the loop waits in a test.
        flag.raise()
    }

    /// Takes the reader's side of the ring; can be called once.
    func takeRing() -> Ring {
        guard let ring = ring.take() else { fatalError("the ring has a reader") }
        return ring
    }

    // The loop's side.

    var number: CInt { flag.number }

    func takeStatistics() -> (received: UInt64, dropped: UInt64, freezes: UInt64) {
        onStatistics()
        defer { statistics = (0, 0, 0) }
        return statistics
    }

    func stopReception() {
        beforeStop()
        isStopped = true
    }

    func clearError() {}

    // The test's side.

    /// Whether the next block was returned.
    var hasRoom: Bool { !isHandedOver(next) }

    /// Number of blocks that are handed over and not returned.
    var blocksOut: Int { (0..<geometry.count).count { isHandedOver($0) } }

    private func isHandedOver(_ index: Int) -> Bool {
        unsafe (base + index * geometry.block + 8).load(as: UInt32.self) & StatusBits.user != 0
    }

    /// Drops `count` packets, as if the ring were full.
    func drop(_ count: UInt64) {
        statistics.received += count
        statistics.dropped += count
        statistics.freezes += 1
    }

    /// Counts packets that never appear in the ring.
    func pretend(received count: UInt64) { statistics.received += count }

    /// Fills the next block with `frames` and hands it over.
    func handOver(_ frames: [Frame]) {
        precondition(hasRoom)
        let start = unsafe base + next * geometry.block
        var place = 48
        for (index, frame) in frames.enumerated() {
            let size = (80 + frame.bytes.count + 15) & ~15
            precondition(place + size <= geometry.block)
            unsafe put(frame, at: start + place, next: index + 1 < frames.count ? size : 0)
            place += size
        }
        unsafe start.storeBytes(of: 1, as: UInt32.self)
        unsafe (start + 12).storeBytes(of: UInt32(frames.count), as: UInt32.self)
        unsafe (start + 16).storeBytes(of: 48, as: UInt32.self)
        if let last = frames.last?.time {
            unsafe (start + 40).storeBytes(of: UInt32(last.seconds), as: UInt32.self)
            unsafe (start + 44).storeBytes(of: last.nanoseconds, as: UInt32.self)
        }
        unsafe (start + 8).storeBytes(of: StatusBits.user, as: UInt32.self)
        statistics.received += UInt64(frames.count)
        next = (next + 1) % geometry.count
    }

    /// Writes struct tpacket3_hdr, struct sockaddr_ll and the bytes.
    private func put(_ frame: Frame, at place: UnsafeMutableRawPointer, next: Int) {
        unsafe place.initializeMemory(as: UInt8.self, repeating: 0, count: 80)
        let words: [(Int, UInt32)] = [
            (0, UInt32(next)), (4, UInt32(frame.time.seconds)), (8, frame.time.nanoseconds),
            (12, UInt32(frame.bytes.count)), (16, UInt32(frame.wireLength)),
        ]
        for (offset, word) in words { unsafe (place + offset).storeBytes(of: word, as: UInt32.self) }
        if let tag = frame.tag {
            let status = StatusBits.vlanValid | StatusBits.tpidValid
            unsafe (place + 20).storeBytes(of: status, as: UInt32.self)
            unsafe (place + 32).storeBytes(of: UInt32(tag.tci), as: UInt32.self)
            unsafe (place + 36).storeBytes(of: tag.tpid, as: UInt16.self)
        }
        unsafe (place + 24).storeBytes(of: 80, as: UInt16.self)
        unsafe (place + 26).storeBytes(of: 94, as: UInt16.self)
        unsafe frame.bytes.withUnsafeBytes { bytes in
            if let first = bytes.baseAddress {
                unsafe (place + 80).copyMemory(from: first, byteCount: bytes.count)
            }
        }
    }
}

extension SyntheticKernel.Frame {
    /// A frame with `kind` in its first byte and `number` in the next four; its timestamp is `number` µs after
    /// `second`.
    init(_ number: UInt32, of kind: UInt8 = 0, length: Int = 60, second: Int64 = 1_700_000_000) {
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(length, 5))
        bytes[0] = kind
        for index in 0..<4 { bytes[1 + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        self.init(
            time: Timestamp(seconds: second, nanoseconds: number % 1_000_000 * 1000), bytes: bytes,
            wireLength: bytes.count, tag: nil)
    }
}
