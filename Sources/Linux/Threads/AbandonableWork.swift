import CLinux
import Glibc
import Synchronization
import SystemPackage

/// Work that cannot be cancelled and may not end, such as a library call that asks a name server. It runs on its own
/// thread. If it takes too long, the caller abandons the thread. The thread continues, its result is discarded, and
/// nothing joins it, not even at the end of the process.
///
/// The thread inherits the caller's capabilities and Landlock domain.
package enum AbandonableWork {
    /// Most threads at once, abandoned ones included.
    package static let most = 4

    package enum Outcome<Result: Sendable>: Sendable {
        case done(Result)
        /// The work took longer than the limit.
        case abandoned
        /// There are too many abandoned threads. Work can start again when one of them has ended.
        case refused
    }

    private struct State<Result: Sendable> {
        var result: Result?
        var isAbandoned = false
    }

    private static let running = Mutex(0)
    /// Stack size in bytes, the same as for the first thread of a process.
    private static let stackSize = 8 << 20

    /// Runs `body` on a new thread named `name` (the kernel keeps 15 bytes) and waits `limit` nanoseconds for the
    /// result. Any thread may call it. Throws if no thread can be created.
    package static func run<Result: Sendable>(
        _ name: String, limit: UInt64, body: @escaping @Sendable () -> Result
    ) throws(SystemError) -> Outcome<Result> {
        let mayRun = running.withLock { running in
            guard running < most else { return false }
            running += 1
            return true
        }
        guard mayRun else { return .refused }
        let monitor = Monitor(State<Result>())
        let errand = Errand(name: name) {
            let result = body()
            running.withLock { $0 -= 1 }
            monitor.update { state in if !state.isAbandoned { state.result = result } }
        }
        do { try start(errand) } catch {
            running.withLock { $0 -= 1 }
            throw SystemError("start", "thread \(name)", error)
        }
        if let result = monitor.wait(until: Clock.monotonic() + limit, for: { $0.result }) { return .done(result) }
        return monitor.update { state in
            if let result = state.result { return .done(result) }
            state.isAbandoned = true
            return .abandoned
        }
    }

    private static func start(_ errand: Errand) throws(Errno) {
        let argument = unsafe Unmanaged.passRetained(errand)
        // Signals belong to the control plane, so the thread starts with all of them blocked.
        var every = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&every)
        unsafe pthread_sigmask(SIG_SETMASK, &every, &before)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe _ = pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        var handle = pthread_t()
        let failure = unsafe pthread_create(
            &handle, &attributes,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Errand>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            unsafe argument.release()
            throw Errno(rawValue: failure)
        }
    }

    private final class Errand: Sendable {
        private let name: String
        private let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }

        func run() {
            unsafe _ = holdfast_setname(String(name.prefix(15)))
            body()
        }
    }
}
