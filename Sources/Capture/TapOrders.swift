import BPF
import BasicContainers
import Linux
import Synchronization

/// What the control plane can order a tap's drain thread to do.
final class TapOrders: Sendable {
    /// Rings with every order; what `poll` watches.
    let bell: Event
    private let stops = Atomic(false)
    private let abandons = Atomic(false)
    private let change = Mutex<TapChange?>(nil)

    init() throws(SystemError) { bell = try Event() }

    // The control plane's side.

    /// Stop, and lose nothing that the kernel has accepted.
    func stop() {
        stops.store(true, ordering: .releasing)
        bell.raise()
    }

    /// Stop at once: what has not been written is given up, and counted.
    func abandon() {
        abandons.store(true, ordering: .releasing)
        stop()
    }

    /// Serve other captures from the next block on. One change at a time: the one before must have been acknowledged.
    func give(_ next: consuming TapChange) {
        var next: TapChange? = consume next
        change.withLock { $0 = next.take() }
        bell.raise()
    }

    // The drain thread's side; asked once for each block.

    var isStopped: Bool { stops.load(ordering: .acquiring) }
    var isAbandoned: Bool { abandons.load(ordering: .acquiring) }
    /// Whether there is a change to take or an end to come to.
    var isWaiting: Bool { bell.isRaised }

    func takeChange() -> TapChange? {
        if !isStopped { bell.lower() }
        return change.withLock { $0.take() }
    }
}

/// How the captures of a running tap change.
struct TapChange: ~Copyable, Sendable {
    /// Captures that go on with another rule, by their place among the stores.
    var rules: [(index: Int, rule: CaptureRule, retention: Retention)]
    /// Captures that end, by their place, the last first.
    var removed: [Int]
    /// Captures that begin; their stores come behind those that stay.
    var added: UniqueArray<Store>
    /// Says whose a packet is from now on.
    var classifier: Classifier
    /// Called when the change is in force: no packet that the old filters alone wanted reaches a segment any more.
    var acknowledge: @Sendable () -> Void
}
