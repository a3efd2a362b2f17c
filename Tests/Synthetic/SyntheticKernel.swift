package import BPF
package import Capture
package import Linux
package import Rules
import Synchronization
import SystemPackage

/// The kernel's side of a tap, without a kernel: a test fills the ring's blocks as net/packet/af_packet.c does, sets
/// the socket's statistics, and makes calls fail. Any thread may use it.
@safe package final class SyntheticKernel: TapSocket, @unchecked Sendable {
    package struct Frame: Sendable {
        package var time: Timestamp
        package var bytes: [UInt8]
        package var wireLength: Int
        /// TPID and TCI of a VLAN tag that the kernel removed.
        package var tag: (tpid: UInt16, tci: UInt16)?
        /// How the frame relates to this host: `sll_pkttype`.
        package var type: UInt8 = 0
    }

    /// A call that changes the socket.
    package enum Call: Hashable, Sendable {
        case attach, ignoreOutgoing, promiscuous, ring, receive, join
    }

    /// See linux/if_packet.h.
    private enum StatusBits {
        static let (user, vlanValid, tpidValid) = (UInt32(1), UInt32(1 << 4), UInt32(1 << 6))
    }

    private struct State: ~Copyable {
        var ring: Ring?
        /// The block that the kernel fills next.
        var next = 0
        var statistics: (received: UInt64, dropped: UInt64, freezes: UInt64) = (0, 0, 0)
        var isStopped = false
        var isReceiving = false
        var errorsCleared = 0
        /// The programs that were attached, oldest first.
        var programs: [Program] = []
        var (isOutgoingIgnored, isPromiscuous) = (false, false)
        var group: UInt16?
        var failing: Set<Call> = []
    }

    package let geometry: RingGeometry
    private let base: UnsafeMutableRawPointer
    private let lock = Mutex(())
    private var state = State()
    private let flag: WakeupFlag
    /// Whether `poll` always returns at once, so that no turn of a loop waits.
    private let isAlwaysReadable: Bool
    /// Called when the loop reads the statistics, which it also does while it waits.
    package var onStatistics: () -> Void = {}
    /// Called when a filter has been attached.
    package var onAttach: () -> Void = {}
    /// Called just before reception stops: packets may arrive until then.
    package var beforeStop: () -> Void = {}

    /// A kernel with a ring of `count` blocks. Without `isAlwaysReadable`, a thread can wait for its blocks.
    package init(blocks count: Int, block: Int = 1 << 16, workers: Int = 1, isAlwaysReadable: Bool = true) throws {
        geometry = RingGeometry(size: count * block, block: block, timeout: 1, workers: workers)
        self.isAlwaysReadable = isAlwaysReadable
        let memory = try Mapping(anonymous: geometry.size)
        unsafe base = memory.base
        state.ring = Ring(memory: memory, geometry: geometry)
        flag = try WakeupFlag()
        if isAlwaysReadable { flag.raise() }
    }

    /// Takes the reader's side of the ring; can be called once.
    package func takeRing() -> Ring {
        guard let ring = update({ $0.ring.take() }) else { fatalError("the ring has a reader") }
        return ring
    }

    private func update<Result: ~Copyable>(_ body: (inout State) -> Result) -> Result {
        lock.withLock { _ in body(&state) }
    }

    // The loop's side.

    package var number: CInt { flag.number }

    package func takeStatistics() -> (received: UInt64, dropped: UInt64, freezes: UInt64) {
        onStatistics()
        return update { state in
            if !isAlwaysReadable, blocksOut == 0 { flag.lower() }
            defer { state.statistics = (0, 0, 0) }
            return state.statistics
        }
    }

    package func stopReception() {
        beforeStop()
        update { $0.isStopped = true }
    }

    package func clearError() { update { $0.errorsCleared += 1 } }

    // The control plane's side.

    package func attach(_ program: Program, passingAllMeanwhile: Bool) throws(FilterError) {
        guard begin(.attach) else { throw FilterError("the kernel refuses the filter") }
        update { $0.programs.append(program) }
        onAttach()
    }

    package func ignoreOutgoing(_ isIgnored: Bool) throws(SystemError) {
        try check(.ignoreOutgoing, "leave out sent packets on")
        update { $0.isOutgoingIgnored = isIgnored }
    }

    package func setPromiscuous(_ isPromiscuous: Bool) throws(SystemError) {
        try check(.promiscuous, "set promiscuous mode on")
        update { $0.isPromiscuous = isPromiscuous }
    }

    package func makeRing(_ wanted: RingGeometry) throws(SystemError) -> Ring {
        try check(.ring, "make a ring on")
        return takeRing()
    }

    package func startReception() throws(SystemError) {
        try check(.receive, "capture on")
        update { $0.isReceiving = true }
    }

    package func join(_ group: inout UInt16?) throws(SystemError) {
        try check(.join, "share the packets of")
        let number = group ?? 7
        group = number
        update { $0.group = number }
    }

    private func begin(_ call: Call) -> Bool { update { !$0.failing.contains(call) } }

    private func check(_ call: Call, _ purpose: String) throws(SystemError) {
        guard begin(call) else { throw SystemError(purpose, "a synthetic interface", .noMemory) }
    }

    // The test's side.

    /// Makes these calls fail from now on, and no others.
    package func fail(_ calls: Set<Call>) { update { $0.failing = calls } }

    package var isStopped: Bool { update { $0.isStopped } }
    package var isReceiving: Bool { update { $0.isReceiving } }
    package var errorsCleared: Int { update { $0.errorsCleared } }
    package var programs: [Program] { update { $0.programs } }
    package var isOutgoingIgnored: Bool { update { $0.isOutgoingIgnored } }
    package var isPromiscuous: Bool { update { $0.isPromiscuous } }
    package var group: UInt16? { update { $0.group } }

    /// Whether the next block was returned.
    package var hasRoom: Bool { update { !isHandedOver($0.next) } }

    /// Number of blocks that are handed over and not returned.
    package var blocksOut: Int { (0..<geometry.count).count { isHandedOver($0) } }

    private func isHandedOver(_ index: Int) -> Bool {
        unsafe status(index).pointee.load(ordering: .acquiring) & StatusBits.user != 0
    }

    private func status(_ index: Int) -> UnsafePointer<Atomic<UInt32>> {
        unsafe UnsafePointer((base + index * geometry.block + 8).assumingMemoryBound(to: Atomic<UInt32>.self))
    }

    /// Drops `count` packets, as if the ring were full.
    package func drop(_ count: UInt64) {
        update { state in
            state.statistics.received += count
            state.statistics.dropped += count
            state.statistics.freezes += 1
        }
    }

    /// Counts packets that never appear in the ring.
    package func pretend(received count: UInt64) { update { $0.statistics.received += count } }

    /// Fills the next block with `frames` and hands it over. Without `isCounted`, their count was reported before.
    package func handOver(_ frames: [Frame], isCounted: Bool = true) {
        update { state in
            precondition(!isHandedOver(state.next))
            let start = unsafe base + state.next * geometry.block
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
            // Counted first, so that a loop that has drained the block finds it counted.
            if isCounted { state.statistics.received += UInt64(frames.count) }
            unsafe status(state.next).pointee.store(StatusBits.user, ordering: .releasing)
            state.next = (state.next + 1) % geometry.count
            flag.raise()
        }
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
        unsafe (place + 58).storeBytes(of: frame.type, as: UInt8.self)
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
    package init(_ number: UInt32, of kind: UInt8 = 0, length: Int = 60, second: Int64 = 1_700_000_000) {
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(length, 5))
        bytes[0] = kind
        for index in 0..<4 { bytes[1 + index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        self.init(
            time: Timestamp(seconds: second, nanoseconds: number % 1_000_000 * 1000), bytes: bytes,
            wireLength: bytes.count, tag: nil)
    }
}
