import DequeModule
public import Linux
import SystemPackage

/// Work on disks that belongs to no writer thread. Each device has a queue of its own, so that one that does not answer delays
/// work on no other.
///
/// A device that has work has one thread, made for its first job, which does one job after the other and ends after the last. It
/// is not joined: the process can exit while a disk holds it. Any thread may add a job.
public final class DiskQueues: Sendable {
    /// How many devices have a thread at once; work on more of them waits until one of these has done its own.
    public static let mostThreads = 64
    /// How many jobs wait for one device; more are refused.
    public static let mostJobs = 1024

    /// A device that a job has been waiting for.
    public struct Stall: Equatable, Sendable {
        public var device: UInt64
        /// Where the job works, and what it does: `remove expired segments`.
        public var directory: String
        public var job: String
        /// Since when, by the monotonic clock, in nanoseconds.
        public var since: UInt64
        /// How many jobs wait behind it.
        public var waiting: Int
    }

    private struct Job: Sendable {
        let number: UInt64
        var name: String
        var directory: String
        var body: @Sendable () -> Void
    }

    private struct Queue {
        var jobs: Deque<Job> = []
        var hasThread = false
        /// What its thread is at, and since when.
        var running: (job: String, directory: String, since: UInt64)?
    }

    private struct State {
        /// Those that have work, by device.
        var queues: [UInt64: Queue] = [:]
        var threads = 0
        var lastJob: UInt64 = 0
    }

    private let state = Monitor(State())

    public init() {}

    /// Queues a job for a device, behind those that it has. `name` completes "cannot … in DIRECTORY" for an operator. Throws, and the
    /// job is not done, when too many wait already, or no thread can be made.
    public func add(
        _ name: String, in directory: String, on device: UInt64, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let accepted = state.update { state -> (job: UInt64, needsThread: Bool)? in
            guard state.queues[device]?.jobs.count ?? 0 < DiskQueues.mostJobs else { return nil }
            state.lastJob += 1
            let job = Job(number: state.lastJob, name: name, directory: directory, body: body)
            state.queues[device, default: Queue()].jobs.append(job)
            let needsThread = state.queues[device]?.hasThread == false && state.threads < DiskQueues.mostThreads
            if needsThread {
                state.queues[device]?.hasThread = true
                state.threads += 1
            }
            return (job.number, needsThread)
        }
        guard let accepted else {
            throw SystemError(
                name, "in \(directory)", .resourceTemporarilyUnavailable,
                advice: "its disk does not answer, and \(DiskQueues.mostJobs) jobs wait for it")
        }
        guard accepted.needsThread else { return }
        do {
            try DedicatedThread("disk work", state: device) { [self] device in work(on: device) }.detach()
        } catch {
            state.update { state in
                state.threads -= 1
                state.queues[device]?.hasThread = false
                state.queues[device]?.jobs.removeAll { $0.number == accepted.job }
                if state.queues[device]?.jobs.isEmpty == true { state.queues[device] = nil }
            }
            throw error
        }
    }

    /// The thread of a device, and of others that wait for one when that has no work left.
    private func work(on first: UInt64) {
        var device: UInt64? = first
        while let (job, next) = take(device) {
            device = next
            job.body()
        }
    }

    /// Ends the job before, and begins the next; nil when there is none for this thread.
    private func take(_ device: UInt64?) -> (Job, on: UInt64)? {
        state.update { state -> (Job, on: UInt64)? in
            var device = device
            if let done = device {
                state.queues[done]?.running = nil
                if state.queues[done]?.jobs.isEmpty == true {
                    state.queues[done] = nil
                    device = nil
                }
            }
            guard let next = device ?? state.queues.first(where: { !$0.value.hasThread })?.key,
                let job = state.queues[next]?.jobs.popFirst()
            else {
                state.threads -= 1
                return nil
            }
            state.queues[next]?.hasThread = true
            state.queues[next]?.running = (job.name, job.directory, Clock.monotonic())
            return (job, next)
        }
    }

    /// Devices whose job of now has taken longer than so many nanoseconds, the longest first.
    public func stalls(longerThan age: UInt64 = .nanosecondsPerSecond) -> [Stall] {
        let now = Clock.monotonic()
        let stalls = state.wait(until: 0) { state in
            state.queues.compactMap { device, queue -> Stall? in
                guard let (job, directory, since) = queue.running, now - min(now, since) > age else { return nil }
                return Stall(
                    device: device, directory: directory, job: job, since: since, waiting: queue.jobs.count)
            }
        }
        return (stalls ?? []).sorted { $0.since < $1.since }
    }

    /// Waits until all work is done, or the monotonic clock reaches `deadline`: false then.
    public func finish(until deadline: UInt64) -> Bool {
        state.wait(until: deadline) { $0.queues.isEmpty ? true : nil } ?? false
    }
}
