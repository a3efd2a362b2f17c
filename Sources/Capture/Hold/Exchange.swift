import DequeModule
import Linux
import Synchronization

/// Hold and free: where the two threads of a capture meet.
///
/// As in BSD (sys/net/bpfdesc.h) a buffer has one of three roles, here by being in one of three places:
///   store   in the `Store`, which the drain thread fills
///   hold    in `orders`, a queue, first in, first out; taken and written whole by the writer thread
///   free    in `free`
/// When the next record does not fit, store goes to hold and a free buffer becomes store. If none is free, the packet
/// waits or is dropped; see `DrainLoop`.
final class Exchange: Sendable {
    private struct State: ~Copyable {
        var orders: UniqueDeque<WriterCommand>
        var free: RigidDeque<Buffer>
        /// No order will follow.
        var isClosed = false
        /// The writer thread takes no more orders, even if some are left.
        var isAbandoned = false
    }

    private let state: Monitor<State>
    private let newSegmentWanted = Atomic(false)

    init(_ geometry: BufferGeometry) throws(SystemError) {
        var free = RigidDeque<Buffer>(capacity: geometry.count)
        for _ in 0..<geometry.count { free.append(try Buffer(size: geometry.size)) }
        state = Monitor(State(orders: UniqueDeque(), free: free))
    }

    // The drain thread's side.

    /// Hands an order to the writer thread.
    func give(_ order: consuming WriterCommand) {
        var order: WriterCommand? = consume order
        state.update { state in
            if let order = order.take() { state.orders.append(order) }
        }
    }

    /// A free buffer, the one that was in use last, since it is near; waits for one until the monotonic clock reaches `deadline`, 0 to not wait. Nil when there is none.
    func takeFree(until deadline: UInt64) -> Buffer? {
        state.wait(until: deadline) { state in state.free.popLast() }
    }

    /// Says that no order will follow.
    func close() { state.update { $0.isClosed = true } }

    /// Makes the writer thread stop at once, after the write it is doing.
    func abandon() { state.update { $0.isAbandoned = true } }

    /// Whether the writer thread can go on only with a buffer that begins a segment.
    var wantsNewSegment: Bool { newSegmentWanted.load(ordering: .relaxed) }

    // The writer thread's side.

    /// Asks that buffers begin a segment each, until one could be opened.
    func wantNewSegment(_ isWanted: Bool) { newSegmentWanted.store(isWanted, ordering: .relaxed) }

    /// The next order; waits for it until `deadline` (nil: for as long as it takes).
    func takeOrder(until deadline: UInt64?) -> Delivery {
        let delivery = state.wait(until: deadline) { (state) -> Delivery? in
            if !state.isAbandoned, let order = state.orders.popFirst() { return .order(order) }
            return state.isAbandoned || state.isClosed ? .end : nil
        }
        return delivery ?? .nothingYet
    }

    /// Gives a buffer back when it has been written, or is lost.
    func giveFree(_ buffer: consuming Buffer) {
        buffer.clear()
        var buffer: Buffer? = consume buffer
        state.update { state in
            if let buffer = buffer.take() { state.free.append(buffer) }
        }
    }

    /// What the writer thread finds.
    enum Delivery: ~Copyable {
        case order(WriterCommand)
        case nothingYet
        case end
    }

    /// Takes back orders that nobody will carry out, and says how many packets were in them. Whichever thread asks, each order is
    /// counted once: the writer asks when it leaves, the drain thread behind the last order that it gave.
    func countAbandoned() -> UInt64 {
        state.update { state in
            var records: UInt64 = 0
            while let order = state.orders.popFirst() {
                if case .write(let hold) = order { records += UInt64(hold.records) }
            }
            return records
        }
    }
}
