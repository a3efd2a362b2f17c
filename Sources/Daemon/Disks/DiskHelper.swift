import Capture
import Linux
import Synchronization
import SystemPackage

/// The daemon's side of the disk helper: the process that works in directories that no writer has open (I15).
///
/// A thread in uninterruptible sleep, such as one that creates a file on a frozen file system, keeps its whole
/// process from ending, whatever the signal. So the daemon leaves work that may hang to another process of the same
/// program and user, without any capability. One thread of the daemon serves it and touches no disk
/// (`DiskConversation`).
final class DiskHelper: Sendable {
    /// The answers to a job: possibly some silences, then one result.
    enum Answer: Sendable {
        /// The disk has not answered for so long.
        case silent(seconds: Int)
        case result(DiskOutcome)
    }

    /// Receives answers. The thread that serves the helper calls it, so it must not wait.
    typealias Reply = @Sendable (Answer) -> Void

    private let jobs: JobQueue
    private let thread: DedicatedThread

    /// Starts the thread, with the rights of the calling thread, and the process. `silence` is the time without an
    /// answer after which a job is reported, in nanoseconds.
    init(program: String = "/proc/self/exe", silence: UInt64 = 10_000_000_000) throws(SystemError) {
        let jobs = JobQueue(wake: try WakeupFlag())
        self.jobs = jobs
        thread = try DedicatedThread(
            "disk helper", state: DiskConversation(with: program, jobs: jobs, silence: silence)
        ) { conversation in
            var conversation = conversation
            conversation.run()
        }
    }

    /// Ends the helper, whatever it does, without waiting for a disk.
    deinit { jobs.close() }

    /// Queues a job without waiting. A job that repeats an unfinished one is merged with it.
    func give(_ work: DiskWork, reply: Reply? = nil) { jobs.put(work, reply) }

    /// Queues a job and waits for its result, as long as the disk takes. For threads that work on that disk alone.
    func ask(_ work: DiskWork) throws(SystemError) -> DiskOutcome {
        let answer = Monitor<DiskOutcome?>(nil)
        give(work) {
            if case .result(let outcome) = $0 { answer.update { $0 = outcome } }
        }
        let outcome = answer.wait(until: nil) { $0 }
        if case .failed(let error) = outcome { throw error }
        return outcome ?? .done
    }

    /// Queues a job and waits for its result, or throws when the disk has been silent for too long.
    func inquire(_ work: DiskWork) throws(SystemError) -> DiskOutcome {
        let answer = Monitor<Answer?>(nil)
        give(work) { first in answer.update { $0 = $0 ?? first } }
        let first = answer.wait(until: nil) { $0 }
        switch first {
        case .result(.failed(let error)): throw error
        case .result(let outcome): return outcome
        case .silent(let seconds):
            throw SystemError(
                "scan", work.directory, .resourceTemporarilyUnavailable,
                advice: "its file system has not answered for \(seconds) s")
        case nil: return .done
        }
    }

    /// Removes segments in the helper; the calling thread waits as long as the disk takes.
    var remover: SegmentRemover {
        SegmentRemover { [self] (name, path) throws(SystemError) -> Bool in
            guard case .removed(let wasThere) = try ask(.remove(file: name, directory: path)) else { return false }
            return wasThere
        }
    }

    /// The jobs on their way to the thread that serves the helper.
    final class JobQueue: Sendable {
        private struct State {
            var jobs: [(work: DiskWork, reply: Reply?)] = []
            var isClosed = false
        }

        let wake: WakeupFlag
        private let state = Mutex(State())

        init(wake: WakeupFlag) { self.wake = wake }

        func put(_ work: DiskWork, _ reply: Reply?) {
            state.withLock { $0.jobs.append((work, reply)) }
            wake.raise()
        }

        func close() {
            state.withLock { $0.isClosed = true }
            wake.raise()
        }

        /// Takes the jobs queued since the last call; nil if the queue is closed.
        func take() -> [(work: DiskWork, reply: Reply?)]? {
            wake.lower()
            return state.withLock { state in
                defer { state.jobs = [] }
                return state.isClosed ? nil : state.jobs
            }
        }
    }
}
