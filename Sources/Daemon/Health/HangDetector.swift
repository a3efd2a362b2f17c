import Capture
import Linux

/// Detects threads of the data plane that hang, by comparing their steps at successive checks.
///
/// A thread that waits for packets or commands makes progress, however long it waits. So does one that waits for the
/// disk: a restart does not thaw a disk and would lose the packets in memory. A long wait is reported. A thread that
/// works at the same step as at an earlier check hangs.
struct HangDetector {
    /// The result of a check.
    struct Finding: Equatable {
        /// Threads that hang.
        var hanging: [String] = []
        /// Threads that have waited for the disk for long.
        var stalled: [Stall] = []
    }

    struct Stall: Equatable {
        var thread: String
        var seconds: UInt64
    }

    /// A thread of a tap, and its current step.
    struct Thread {
        var tap: Int
        var name: String
        var step: ThreadStep
    }

    /// Nanoseconds that a thread may wait for the disk before it is reported.
    private static let patience: UInt64 = 5_000_000_000

    /// The step of each thread, and the time at which it was first seen there.
    private var seen: [String: (step: ThreadStep, since: UInt64)] = [:]

    /// Checks all threads at `now`, by the monotonic clock.
    mutating func look(at threads: [Thread], now: UInt64) -> Finding {
        var (finding, next) = (Finding(), seen)
        next.removeAll(keepingCapacity: true)
        for thread in threads {
            // A changed capture has two writers of one name until the earlier one has ended.
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
