import Linux
import Synchronization

/// What a thread of the data plane is at, so that the control plane can tell one that works from one that hangs.
public struct ThreadStep: Equatable, Sendable {
    public enum Activity: UInt64, Sendable {
        /// Sleeps until there is something to do; as long as it takes.
        case waiting
        /// Computes.
        case working
        /// Waits for the disk; a disk may take long.
        case storing
    }

    public var activity: Activity
    /// Grows with every step.
    public var number: UInt64

    public init(_ activity: Activity, number: UInt64) { (self.activity, self.number) = (activity, number) }
}

/// Where a thread notes its steps, for others to see: one store for a block or an order. Only that thread writes.
final class Progress: Sendable {
    /// The activity in the two lowest bits, the number above.
    private let word = Atomic<UInt64>(0)
    /// Since when it waits for the disk, by the monotonic clock, if it does.
    private let stores = Atomic<UInt64>(0)

    func note(_ activity: ThreadStep.Activity) {
        if activity == .storing { stores.store(Clock.monotonic(), ordering: .relaxed) }
        let number = word.load(ordering: .relaxed) >> 2 &+ 1
        word.store(number << 2 | activity.rawValue, ordering: .relaxed)
    }

    /// Since when the thread waits for the disk, by the monotonic clock; nil when it does not.
    var storingSince: UInt64? {
        step.activity == .storing ? stores.load(ordering: .relaxed) : nil
    }

    var step: ThreadStep {
        let word = word.load(ordering: .relaxed)
        return ThreadStep(.init(rawValue: word & 3) ?? .waiting, number: word >> 2)
    }
}
