import Capture
import Linux

/// Feels whether every thread of the data plane goes on, look by look.
///
/// One that waits for packets or orders goes on, for as long as it takes. One that waits for the disk does, too, since
/// starting anew does not thaw a disk, and would lose what is in memory; how long it has waited is worth a word. One that is
/// at work, and at the same step as a look before, hangs.
struct HangDetector {
    /// What a look found.
    struct Finding: Equatable {
        /// Threads that hang.
        var hanging: [String] = []
        /// Threads that the disk has kept for long.
        var stalled: [Stall] = []
    }

    struct Stall: Equatable {
        var thread: String
        var seconds: UInt64
    }

    /// A thread of a tap, and where it was seen last.
    struct Thread {
        var tap: Int
        var name: String
        var step: ThreadStep
    }

    /// Nanoseconds for which the disk may keep a thread without a word.
    private static let patience: UInt64 = 5_000_000_000

    /// At which step each thread was seen, and since when.
    private var seen: [String: (step: ThreadStep, since: UInt64)] = [:]

    /// Looks at all threads at `now`, by the monotonic clock.
    mutating func look(at threads: [Thread], now: UInt64) -> Finding {
        var (finding, next) = (Finding(), seen)
        next.removeAll(keepingCapacity: true)
        for thread in threads {
            // A capture that has changed has two writers of one name, until the earlier one is done.
            var (key, more) = ("\(thread.tap) \(thread.name)", 1)
            while next["\(key) \(more)"] != nil { more += 1 }
            key += " \(more)"
            let before = seen[key]
            let stays = before?.step == thread.step
            let since = stays ? before?.since ?? now : now
            next[key] = (thread.step, since)
            switch thread.step.activity {
            case .waiting: break
            case .working: if stays { finding.hanging.append(thread.name) }
            case .storing:
                if now - since >= HangDetector.patience {
                    finding.stalled.append(Stall(thread: thread.name, seconds: (now - since) / .nanosecondsPerSecond))
                }
            }
        }
        seen = next
        return finding
    }
}
