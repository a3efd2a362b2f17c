import BPF
import Capture
import Control
import Linux
import Rules
import Settings
import Synchronization
import Synthetic
import SystemPackage

@testable import Daemon

/// What surrounds a supervisor in a test: interfaces and sockets that need no root, time that passes when the test says
/// so, and threads that run when the test runs them. Any thread may use it.
final class SyntheticWorld: Sendable {
    private struct State {
        var events: [DaemonEvent] = []
        /// Work that waits for a thread, with the thread's name.
        var work: [(name: String, body: @Sendable () -> Void)] = []
        var timers: [(event: DaemonEvent, seconds: Int)] = []
        var kernels: [String: [SyntheticKernel]] = [:]
        var interfaces: [Interface] = []
        var ring = RingGeometry(size: 1 << 22, block: 1 << 19, timeout: 1)
        /// The calls that fail on new sockets, by interface.
        var failing: [String: (calls: Set<SyntheticKernel.Call>, after: Int)] = [:]
        var hasThreads = true
        var isPermitted = true
    }

    private let state = Mutex(State())

    init(_ interfaces: [Interface]) { state.withLock { $0.interfaces = interfaces } }

    var effects: Effects {
        Effects(
            run: { [self] (name, work) throws(SystemError) in
                let isRun = state.withLock { state in
                    if state.hasThreads { state.work.append((name, work)) }
                    return state.hasThreads
                }
                guard isRun else { throw SystemError("start", "thread \(name)", .resourceTemporarilyUnavailable) }
            },
            send: { [self] event, seconds in state.withLock { $0.timers.append((event, seconds)) } },
            sockets: TapSockets { [self] (interface) throws(SystemError) in try open(interface) },
            interfaces: { [self] () throws(SystemError) in state.withLock { $0.interfaces } },
            isStillUp: { [self] interface in
                state.withLock { $0.interfaces.contains { $0.index == interface.index && $0.isUp } }
            })
    }

    private func open(_ interface: Interface) throws(SystemError) -> SyntheticKernel {
        let (ring, failing, isPermitted) = state.withLock {
            let isDue = $0.kernels[interface.name]?.count ?? 0 >= $0.failing[interface.name]?.after ?? 0
            return ($0.ring, isDue ? $0.failing[interface.name]?.calls ?? [] : [], $0.isPermitted)
        }
        guard isPermitted else { throw SystemError("open", "a packet socket on \(interface.name)", .notPermitted) }
        guard
            let kernel = try? SyntheticKernel(blocks: ring.count, block: ring.block, isAlwaysReadable: false)
        else { throw SystemError("open", "a synthetic kernel", .noMemory) }
        kernel.fail(failing)
        state.withLock { $0.kernels[interface.name, default: []].append(kernel) }
        return kernel
    }

    func tell(_ event: DaemonEvent) { state.withLock { $0.events.append(event) } }

    /// The next event.
    func next() -> DaemonEvent? { state.withLock { $0.events.isEmpty ? nil : $0.events.removeFirst() } }

    /// The next piece of work.
    func nextWork() -> (@Sendable () -> Void)? { state.withLock { $0.work.isEmpty ? nil : $0.work.removeFirst().body } }

    /// Whether no event waits.
    var isQuiet: Bool { state.withLock { $0.events.isEmpty } }

    /// The names of the threads that wait to be run.
    var threads: [String] { state.withLock { $0.work.map(\.name) } }

    /// The sockets that were opened on an interface, oldest first.
    func kernels(_ interface: String) -> [SyntheticKernel] { state.withLock { $0.kernels[interface] ?? [] } }

    /// Lets time pass until the first event that `isWanted`, and sends it. Returns the seconds that it waited.
    func fire(_ isWanted: (DaemonEvent) -> Bool) -> Int? {
        state.withLock { state in
            guard let place = state.timers.firstIndex(where: { isWanted($0.event) }) else { return nil }
            let timer = state.timers.remove(at: place)
            state.events.append(timer.event)
            return timer.seconds
        }
    }

    /// Replaces the interfaces that exist.
    func change(interfaces: [Interface]) { state.withLock { $0.interfaces = interfaces } }
    /// Grants smaller rings than the configuration wants.
    func grant(ring: RingGeometry) { state.withLock { $0.ring = ring } }
    /// Makes calls fail on each new socket of an interface, after its first `count` sockets.
    func fail(_ calls: Set<SyntheticKernel.Call>, on interface: String, after count: Int = 0) {
        state.withLock { $0.failing[interface] = (calls, count) }
    }
    /// Sets whether a thread can be started.
    func permit(threads: Bool) { state.withLock { $0.hasThreads = threads } }
    /// Sets whether a socket may be opened.
    func permit(sockets: Bool) { state.withLock { $0.isPermitted = sockets } }
}
