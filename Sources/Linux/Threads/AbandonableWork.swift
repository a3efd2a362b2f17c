import CLinux
import Glibc
import Synchronization
import SystemPackage

/// Work that can be neither cancelled nor trusted to end, such as a library's call that may ask a name server: it runs on a
/// thread of its own, which is abandoned when it takes too long. An abandoned thread goes on, and what it finds is dropped. No one
/// waits for it, also at the end of the process.
///
/// The thread inherits the capabilities and the Landlock domain of the caller's.
public enum AbandonableWork {
    /// The most threads at once, abandoned ones included.
    public static let most = 4

    public enum Outcome<Result: Sendable>: Sendable {
        case done(Result)
        /// It took longer than the limit.
        case abandoned
        /// There are too many abandoned threads. Another one may start as soon as one of them has ended.
        case refused
    }

    private struct State<Result: Sendable> {
        var result: Result?
        var isAbandoned = false
    }

    private static let running = Mutex(0)
    /// Bytes of a thread's stack: as many as the first thread of a process has.
    private static let stackSize = 8 << 20

    /// Runs `body` on a new thread named `name` (the kernel keeps 15 bytes), and waits for it for `limit` nanoseconds. Any thread
    /// may call it. Throws when no thread can be made.
    public static func run<Result: Sendable>(
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
        // Signals belong to the control plane: the thread is born with them blocked.
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
