import DequeModule
import Linux
import Rules
import Synchronization

/// Hold and free: the only place where the drain thread and the writer thread of a capture meet.
///
/// As in BSD (sys/net/bpfdesc.h), a buffer has one of three roles, here by its place (I4):
///   store   in the `Store`, which the drain thread fills
///   hold    in `orders`, first in, first out; the writer thread takes it and writes it whole
///   free    in `free`
/// When the next record does not fit, store goes to hold and a free buffer becomes store. If none is free, the packet
/// waits or is dropped; see `DrainLoop`.
final class Exchange: Sendable {
    private struct State: ~Copyable {
        var commands: UniqueDeque<WriterCommand>
        var free: RigidDeque<Buffer>
        /// No command will follow.
        var isClosed = false
        /// The writer thread takes no more commands, even if some remain.
        var isAbandoned = false
    }

    private let state: Monitor<State>
    private let newSegmentWanted = Atomic(false)

    init(_ geometry: BufferGeometry) throws(SystemError) {
        var free = RigidDeque<Buffer>(capacity: geometry.count)
        for _ in 0..<geometry.count { free.append(try Buffer(size: geometry.size)) }
        state = Monitor(State(commands: UniqueDeque(), free: free))
    }

    // The drain thread's side.

    /// Queues a command for the writer thread.
    func give(_ command: consuming WriterCommand) {
        var command: WriterCommand? = consume command
        state.update { state in
            if let command = command.take() { state.commands.append(command) }
        }
    }

    /// Takes the free buffer that was used last, which is most likely cached. Waits for one until the monotonic clock
    /// reaches `deadline` (0: does not wait). Returns nil if there is none.
    func takeFree(until deadline: UInt64) -> Buffer? {
        state.wait(until: deadline) { state in state.free.popLast() }
    }

    /// Marks the end of the commands.
    func close() { state.update { $0.isClosed = true } }

    /// Stops the writer thread after its current write.
    func abandon() { state.update { $0.isAbandoned = true } }

    /// Whether the writer thread can only use a buffer that begins a segment.
    var wantsNewSegment: Bool { newSegmentWanted.load(ordering: .relaxed) }

    // The writer thread's side.

    /// Sets whether each buffer must begin a segment, which is so until a segment could be opened.
    func wantNewSegment(_ isWanted: Bool) { newSegmentWanted.store(isWanted, ordering: .relaxed) }

    /// Takes the next command. Waits for it until `deadline` (monotonic clock); nil waits without limit.
    func takeCommand(until deadline: UInt64?) -> Delivery {
        let delivery = state.wait(until: deadline) { (state) -> Delivery? in
            if !state.isAbandoned, let command = state.commands.popFirst() { return .command(command) }
            return state.isAbandoned || state.isClosed ? .end : nil
        }
        return delivery ?? .nothingYet
    }

    /// Returns a buffer that was written, or whose packets were counted as lost.
    func giveFree(_ buffer: consuming Buffer) {
        buffer.clear()
        var buffer: Buffer? = consume buffer
        state.update { state in
            if let buffer = buffer.take() { state.free.append(buffer) }
        }
    }

    /// Result of `takeOrder`.
    enum Delivery: ~Copyable {
        case command(WriterCommand)
        case nothingYet
        case end
    }

    /// Takes the commands that will not run, and returns the number of their packets. Each command is counted once
    /// (I3), whichever thread calls: the writer calls when it leaves, the drain thread after its last command.
    func countAbandoned() -> UInt64 {
        state.update { state in
            var records: UInt64 = 0
            while let command = state.commands.popFirst() {
                if case .write(let hold) = command { records += UInt64(hold.records) }
            }
            return records
        }
    }
}
