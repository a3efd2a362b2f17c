import BPF
import BasicContainers
import DequeModule
import Linux
import Synchronization

/// What the control plane can order a tap's drain thread to do.
final class TapOrders: Sendable {
    /// Rings with every order; what `poll` watches.
    let bell: Event
    private let stops = Atomic(false)
    private let abandons = Atomic(false)
    private let changes = Mutex(UniqueDeque<TapChange>())

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

    /// Serve other captures.
    func give(_ next: consuming TapChange) {
        var next: TapChange? = consume next
        changes.withLock { changes in
            if let next = next.take() { changes.append(next) }
        }
        bell.raise()
    }

    // The drain thread's side; asked once for each block.

    var isStopped: Bool { stops.load(ordering: .acquiring) }
    var isAbandoned: Bool { abandons.load(ordering: .acquiring) }
    /// Whether there is a change to take or an end to come to.
    var isWaiting: Bool { bell.isRaised }

    func takeChange() -> TapChange? {
        if !isStopped { bell.lower() }
        return changes.withLock { $0.popFirst() }
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
    /// Called when the change is in force: no packet that comes from then on reaches a segment because an old filter wants it.
    var acknowledge: @Sendable () -> Void
}
