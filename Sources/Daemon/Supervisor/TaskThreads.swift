import DequeModule
import Linux
// Swift 6.3 has no public way to choose the threads of tasks; this is the interface that its own runtime uses.
@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) import _Concurrency

/// The threads that run the daemon's Swift tasks.
///
/// The runtime's own pool creates threads on demand. If it cannot create one, it stops the thread that resumes a task
/// for a second, possibly a drain thread, and it ends the process if it cannot open a file in /proc. These threads
/// are created once, before the first packet, and need no descriptor.
final class TaskThreads: TaskExecutor, SchedulingExecutor {
    /// The executor of all tasks. Tasks wait until `start`.
    static let shared = TaskThreads()
    /// Number of threads. Blocking work has its own threads, so two are enough.
    static let count = 2

    /// Makes all tasks run here. Call it before the first task.
    static func install() { _createExecutors(factory: Executors.self) }

    private struct Executors: ExecutorFactory {
        static var mainExecutor: any MainExecutor { MainThread.shared }
        static var defaultExecutor: any TaskExecutor { TaskThreads.shared }
    }

    private struct State {
        var ready = Deque<UnownedJob>()
        /// Jobs that wait for a time of the monotonic clock, the earliest last.
        var waiting: [(time: UInt64, job: UnownedJob)] = []

        /// Moves the jobs that are due, and takes the next job.
        mutating func next(at now: UInt64) -> UnownedJob? {
            while let last = waiting.last, last.time <= now {
                waiting.removeLast()
                ready.append(last.job)
            }
            return ready.popFirst()
        }
    }

    private let state = Monitor(State())

    func start() throws(SystemError) {
        for number in 1...TaskThreads.count {
            try DedicatedThread("tasks \(number)", state: self) { threads in threads.run() }.detach()
        }
    }

    private func run() {
        while true {
            // Waits for a job or for the earliest deadline, and again when that deadline changes.
            let time = state.wait(until: 0) { Optional($0.waiting.last?.time) } ?? nil
            let job = state.wait(until: time) { state -> UnownedJob?? in
                if let job = state.next(at: Clock.monotonic()) { return .some(job) }
                return state.waiting.last?.time == time ? nil : .some(nil)
            }
            if let job = job ?? nil { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.update { $0.ready.append(job) }
    }

    func enqueue<C: _Concurrency.Clock>(
        _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
        let job = UnownedJob(job)
        // The daemon uses only the runtime's clocks, whose durations have this type.
        let parts = (delay as? Swift.Duration ?? .zero).components
        let nanoseconds = max(0, parts.seconds) * .nanosecondsPerSecond + max(0, parts.attoseconds / 1_000_000_000)
        let time = Linux.Clock.monotonic() + UInt64(nanoseconds)
        state.update { state in
            let place = state.waiting.firstIndex { $0.time < time } ?? state.waiting.count
            state.waiting.insert((time, job), at: place)
        }
    }

    func enqueue<C: _Concurrency.Clock>(
        _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
        enqueue(job, after: clock.now.duration(to: instant), tolerance: tolerance, clock: clock)
    }
}

/// The first thread of the process, which runs the supervisor's loop and everything else on the main actor.
final class MainThread: MainExecutor {
    static let shared = MainThread()

    private let jobs = Monitor(Deque<UnownedJob>())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.update { $0.append(job) }
    }

    /// Runs jobs until the process ends. Called by the first thread.
    func runForEver() -> Never {
        while true {
            guard let job = jobs.wait(until: nil, for: { $0.popFirst() }) else { continue }
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }

    func run() { runForEver() }
    func stop() { preconditionFailure("the first thread ends with the process") }

    var isMainExecutor: Bool { true }
    func checkIsolated() { precondition(isIsolatingCurrentContext() == true, "not on the first thread") }
    func isIsolatingCurrentContext() -> Bool? { DedicatedThread.isFirst }
}
