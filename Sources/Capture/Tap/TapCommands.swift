import DequeModule
package import Linux
import Synchronization

/// The commands of the control plane to a tap's drain thread. Any thread may give them; the drain thread takes them.
final class TapCommands: Sendable {
    /// Raised with each command; the descriptor for `poll`.
    let bell: WakeupFlag
    private let stops = Atomic(false)
    private let abandons = Atomic(false)
    private let filterChanges = Atomic(false)
    private let commands = Mutex(UniqueDeque<TapCommand>())

    init() throws(SystemError) { bell = try WakeupFlag() }

    // The control plane's side.

    /// Stops the tap without losing anything that the kernel has accepted.
    func stop() {
        stops.store(true, ordering: .releasing)
        bell.raise()
    }

    /// Stops the tap at once. Packets that are not written yet are counted as dropped.
    func abandon() {
        abandons.store(true, ordering: .releasing)
        stop()
    }

    /// Gives a command, for packets that arrive from now on.
    func give(_ command: consuming TapCommand) {
        var command: TapCommand? = consume command
        commands.withLock { commands in
            if let command = command.take() { commands.append(command) }
        }
        bell.raise()
    }

    /// Announces a new kernel filter: packets may have passed a filter that no command has announced yet.
    func filterWillChange() { filterChanges.store(true, ordering: .sequentiallyConsistent) }

    /// Notes that a command has announced the kernel filter.
    func filterIsKnown() { filterChanges.store(false, ordering: .releasing) }

    // The drain thread's side, read once per block.

    /// Read after a block was taken. If false, all its packets have passed the announced filter.
    var isFilterChanging: Bool { filterChanges.load(ordering: .acquiring) }

    var isStopped: Bool { stops.load(ordering: .acquiring) }
    var isAbandoned: Bool { abandons.load(ordering: .acquiring) }
    /// Whether there is a command to take, or the tap is to stop.
    var isWaiting: Bool { bell.isRaised }

    func take() -> TapCommand? {
        if !isStopped { bell.lower() }
        return commands.withLock { $0.popFirst() }
    }
}

enum TapCommand: ~Copyable, Sendable {
    /// Serve other captures.
    case change(TapChange)
    /// Seal a segment.
    case rotate(SegmentRotation)

    /// Acknowledges that the drain thread has taken the command. A change applies from then on; a rotation is
    /// acknowledged when its segment is sealed.
    borrowing func acknowledge() {
        switch self {
        case .change(let change): change.acknowledge()
        case .rotate: break
        }
    }
}

/// Called by the writer thread when a rotated segment is sealed, with its path; nil if there was no open segment. On
/// failure, with the reason why it cannot be sealed yet.
package typealias Sealed = @Sendable (Result<String?, SystemError>) -> Void
