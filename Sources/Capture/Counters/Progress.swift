import Linux
import Synchronization

/// The current step of a data plane thread. The control plane uses it to tell working threads from hung ones.
package struct ThreadStep: Equatable, Sendable {
    package enum Activity: UInt64, Sendable {
        /// Sleeps until there is work, for any time.
        case waiting
        /// Computes.
        case working
        /// Waits for the disk, which may take long.
        case storing
    }

    package var activity: Activity
    /// Grows with each step.
    package var number: UInt64

    package init(_ activity: Activity, number: UInt64) { (self.activity, self.number) = (activity, number) }
}

/// Publishes the steps of one thread: one relaxed store per block or command. Only that thread writes.
final class Progress: Sendable {
    /// The activity in the two lowest bits, the step number above them.
    private let word = Atomic<UInt64>(0)
    /// Start of the last wait for the disk, by the monotonic clock, in nanoseconds.
    private let stores = Atomic<UInt64>(0)

    func note(_ activity: ThreadStep.Activity) {
        if activity == .storing { stores.store(Clock.monotonic(), ordering: .relaxed) }
        let number = word.load(ordering: .relaxed) >> 2 &+ 1
        word.store(number << 2 | activity.rawValue, ordering: .relaxed)
    }

    /// Start of the current wait for the disk, by the monotonic clock; nil if the thread does not wait for it.
    var storingSince: UInt64? {
        step.activity == .storing ? stores.load(ordering: .relaxed) : nil
    }

    var step: ThreadStep {
        let word = word.load(ordering: .relaxed)
        return ThreadStep(.init(rawValue: word & 3) ?? .waiting, number: word >> 2)
    }
}
