import Capture
import Linux
import Synchronization

/// The helper process, as the daemon sees it: it touches directories that no writer has open yet, or any longer.
///
/// A thread that the kernel holds in uninterruptible sleep, such as one that makes a file on a frozen file system, keeps its whole
/// process from ending, whatever signal comes. So the daemon leaves what may hang to another process of the same program and the
/// same user, without any capability. One thread of the daemon speaks with it and never touches a disk (`DiskConversation`).
final class DiskHelper: Sendable {
    /// What comes of an order: maybe some silences, then one result.
    enum Answer: Sendable {
        /// The disk has said nothing for so long.
        case silent(seconds: Int)
        case result(DiskOutcome)
    }

    /// Called by the thread that speaks with the helper; must return at once.
    typealias Reply = @Sendable (Answer) -> Void

    private let orders: Orders
    private let thread: DedicatedThread

    /// Starts the thread, with the rights of this one, and the process. `silence` is how long an order may go without an answer
    /// before that is told, in nanoseconds.
    init(program: String = "/proc/self/exe", silence: UInt64 = 10_000_000_000) throws(SystemError) {
        let orders = Orders(wake: try WakeupFlag())
        self.orders = orders
        thread = try DedicatedThread(
            "disk helper", state: DiskConversation(with: program, orders: orders, silence: silence)
        ) { conversation in
            var conversation = conversation
            conversation.run()
        }
    }

    /// Ends the helper, whatever it is at, and waits for nothing that a disk holds.
    deinit { orders.close() }

    /// Gives an order; returns at once. One that is given again before it has a result is the one before.
    func give(_ work: DiskWork, reply: Reply? = nil) { orders.put(work, reply) }

    /// Gives an order and waits for its result, for as long as the disk takes: for a thread that works on that disk alone.
    func ask(_ work: DiskWork) throws(SystemError) -> DiskOutcome {
        let answer = Monitor<DiskOutcome?>(nil)
        give(work) {
            if case .result(let outcome) = $0 { answer.update { $0 = outcome } }
        }
        let outcome = answer.wait(until: nil) { $0 }
        if case .failed(let error) = outcome { throw error }
        return outcome ?? .done
    }

    /// Removes segments without holding up this process for longer than the disk takes.
    var remover: SegmentRemover {
        SegmentRemover { [self] (name, path) throws(SystemError) -> Bool in
            guard case .removed(let wasThere) = try ask(.remove(file: name, directory: path)) else { return false }
            return wasThere
        }
    }

    /// Orders on their way to the thread that passes them on.
    final class Orders: Sendable {
        private struct State {
            var orders: [(work: DiskWork, reply: Reply?)] = []
            var isClosed = false
        }

        let wake: WakeupFlag
        private let state = Mutex(State())

        init(wake: WakeupFlag) { self.wake = wake }

        func put(_ work: DiskWork, _ reply: Reply?) {
            state.withLock { $0.orders.append((work, reply)) }
            wake.raise()
        }

        func close() {
            state.withLock { $0.isClosed = true }
            wake.raise()
        }

        /// What has been given since the last time; nil when none will be any more.
        func take() -> [(work: DiskWork, reply: Reply?)]? {
            wake.lower()
            return state.withLock { state in
                defer { state.orders = [] }
                return state.isClosed ? nil : state.orders
            }
        }
    }
}
