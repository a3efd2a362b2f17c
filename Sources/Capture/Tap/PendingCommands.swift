import DequeModule
import Linux

/// The commands that a drain thread has taken and not applied: each waits until the packets from before it have left
/// the ring (I14). Belongs to that thread.
struct PendingCommands: ~Copyable, Sendable {
    /// A command that applies to packets from `since` on (wall clock), and at `deadline` (monotonic clock) at the
    /// latest. Both in nanoseconds. (Not private: Swift 6.3 cannot compile that without optimization.)
    struct Pending: ~Copyable, Sendable {
        var command: TapCommand
        var since: Int64
        var deadline: UInt64
    }

    /// Oldest first.
    private var queue = UniqueDeque<Pending>()

    var isEmpty: Bool { queue.isEmpty }
    /// The time by which the first command applies in any case, by the monotonic clock.
    var deadline: UInt64? { queue.isEmpty ? nil : queue[0].deadline }

    /// Takes what the control plane has given, and acknowledges it.
    mutating func take(from commands: TapCommands) {
        guard commands.isWaiting else { return }
        while let command = commands.take() {
            // The time comes first: a client may send packets that belong after the command once it is acknowledged.
            let (since, deadline) = (Clock.wall(), Clock.monotonic() + .nanosecondsPerSecond)
            command.acknowledge()
            queue.append(Pending(command: command, since: since, deadline: deadline))
        }
    }

    /// The next command.
    mutating func next() -> TapCommand? {
        guard let next = queue.popFirst() else { return nil }
        return next.command
    }

    /// The next command, if it precedes a packet with this timestamp, in nanoseconds since 1970.
    mutating func next(before time: Int64) -> TapCommand? {
        guard !queue.isEmpty, queue[0].since <= time else { return nil }
        return next()
    }

    /// The next command, if its deadline has passed by the monotonic clock.
    mutating func next(overdueAt now: UInt64) -> TapCommand? {
        guard !queue.isEmpty, queue[0].deadline <= now else { return nil }
        return next()
    }
}
