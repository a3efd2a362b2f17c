import CLinux
import Glibc
import SystemPackage

/// A thread for work that blocks: a plain pthread with a name and every signal blocked. `deinit` joins it.
///
/// The thread owns its state: `state` moves in, and the body consumes it. Form the body in a nonisolated function; a
/// closure of the main actor would trap at run time.
package struct DedicatedThread: ~Copyable, @unchecked Sendable {
    private let handle: pthread_t

    /// Starts `body` on a new thread named `name` (the kernel keeps 15 bytes), pinned to processor `cpu` if there is
    /// one. See pthread_create(3), sched_setaffinity(2).
    package init<State: ~Copyable & Sendable>(
        _ name: String, cpu: Int? = nil, state: consuming State, body: @escaping @Sendable (consuming State) -> Void
    ) throws(SystemError) {
        let errand = unsafe Unmanaged.passRetained(Errand(name: name, cpu: cpu, state: state, body: body))
        // Signals belong to the control plane: block them here, so that the thread starts with all of them blocked.
        var every = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&every)
        unsafe pthread_sigmask(SIG_SETMASK, &every, &before)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
        var handle = pthread_t()
        let failure = unsafe pthread_create(
            &handle, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<AnyErrand>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, errand.toOpaque())
        guard failure == 0 else {
            unsafe errand.release()
            // EAGAIN does not name the exhausted limit, and also reports a stack for which there is no room.
            let advice =
                failure == EAGAIN ? "raise TasksMax=, 'ulimit -u', the cgroup's pids.max or 'ulimit -v'" : nil
            throw SystemError("start", "thread \(name)", Errno(rawValue: failure), advice: advice)
        }
        self.handle = handle
    }

    /// Waits for the body to return, as releasing the thread does. See pthread_join(3).
    package consuming func join() {}

    /// Detaches the thread: nothing joins it. See pthread_detach(3).
    package consuming func detach() {
        _ = pthread_detach(handle)
        discard self
    }

    deinit { _ = pthread_join(handle, nil) }

    /// Whether the calling thread is the first thread of the process. See gettid(2).
    package static var isFirst: Bool { holdfast_is_first_thread() != 0 }
}

/// What a new thread starts with. The base class carries it through C's untyped pointer.
private class AnyErrand {
    func run() {}
}

private final class Errand<State: ~Copyable & Sendable>: AnyErrand {
    private let name: String
    private let cpu: Int?
    private var state: State?
    private let body: @Sendable (consuming State) -> Void

    init(name: String, cpu: Int?, state: consuming State, body: @escaping @Sendable (consuming State) -> Void) {
        (self.name, self.cpu, self.body) = (name, cpu, body)
        self.state = consume state
    }

    override func run() {
        unsafe _ = holdfast_setname(String(name.prefix(15)))
        if let cpu { _ = holdfast_pin(CInt(cpu)) }
        guard let state = state.take() else { return }
        body(state)
    }
}
