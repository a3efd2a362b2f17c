import DequeModule
public import Linux
import Synchronization

/// What the control plane can order a tap's drain thread to do.
final class TapCommands: Sendable {
    /// Rings with every order; what `poll` watches.
    let bell: WakeupFlag
    private let stops = Atomic(false)
    private let abandons = Atomic(false)
    private let filterChanges = Atomic(false)
    private let orders = Mutex(UniqueDeque<TapCommand>())

    init() throws(SystemError) { bell = try WakeupFlag() }

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

    /// Do this, for packets that come from now on.
    func give(_ order: consuming TapCommand) {
        var order: TapCommand? = consume order
        orders.withLock { orders in
            if let order = order.take() { orders.append(order) }
        }
        bell.raise()
    }

    /// The kernel's filter is about to be another one: what comes may have passed one that no change has told of.
    func filterWillChange() { filterChanges.store(true, ordering: .sequentiallyConsistent) }

    /// A change has told of it.
    func filterIsKnown() { filterChanges.store(false, ordering: .releasing) }

    // The drain thread's side; asked once for each block.

    /// Asked when a block has been taken: false, and all its packets have passed the filter that is known.
    var isFilterChanging: Bool { filterChanges.load(ordering: .acquiring) }

    var isStopped: Bool { stops.load(ordering: .acquiring) }
    var isAbandoned: Bool { abandons.load(ordering: .acquiring) }
    /// Whether there is an order to take or an end to come to.
    var isWaiting: Bool { bell.isRaised }

    func take() -> TapCommand? {
        if !isStopped { bell.lower() }
        return orders.withLock { $0.popFirst() }
    }
}

enum TapCommand: ~Copyable, Sendable {
    /// Serve other captures.
    case change(TapChange)
    /// End a segment.
    case rotate(SegmentRotation)

    /// Says that the drain thread knows: a change is in force with that, a rotation when the segment is sealed.
    borrowing func acknowledge() {
        switch self {
        case .change(let change): change.acknowledge()
        case .rotate: break
        }
    }
}

/// Called when a segment that was to end is sealed, by the thread that writes, with its path; nil: there was none to end. Or
/// with why it cannot be sealed yet.
public typealias Sealed = @Sendable (Result<String?, SystemError>) -> Void
