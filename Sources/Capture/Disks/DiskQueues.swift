import DequeModule
package import Linux
import SystemPackage

/// Disk work outside the writer threads. Each device has its own queue, so a file system that does not answer delays
/// work on no other device (I15).
///
/// A device with work has one thread, which runs its jobs in order and ends after the last one. The thread is not
/// joined, so the process can exit while a disk blocks it. Any thread may add a job.
package final class DiskQueues: Sendable {
    /// Most devices with a thread at once. Work on further devices waits until one of these threads is free.
    package static let mostThreads = 64
    /// Most jobs that wait for one device. Further jobs are refused.
    package static let mostJobs = 1024

    /// A device that has been blocking a job.
    package struct Stall: Equatable, Sendable {
        package var device: UInt64
        /// The directory and the name of the blocked job, such as `remove expired segments`.
        package var directory: String
        package var job: String
        /// Nanoseconds since the start of the job.
        package var age: UInt64
        /// Number of jobs that wait behind it.
        package var waiting: Int
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
        /// The running job and its start.
        var running: (job: String, directory: String, since: UInt64)?
    }

    private struct State {
        /// The queues of devices with work.
        var queues: [UInt64: Queue] = [:]
        var threads = 0
        var lastJob: UInt64 = 0
    }

    private let state = Monitor(State())

    package init() {}

    /// Queues a job behind those of its device. `name` completes "cannot … in DIRECTORY" in messages. Throws, without
    /// queueing the job, if too many jobs wait or if no thread can be created.
    package func add(
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

    /// Body of a device's thread. When its device has no work left, the thread serves devices that wait for a thread.
    private func work(on first: UInt64) {
        var device: UInt64? = first
        while let (job, next) = take(device) {
            device = next
            job.body()
        }
    }

    /// Ends the previous job and takes the next one; nil if this thread has no more work.
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

    /// Devices whose current job has taken longer than `age` nanoseconds, longest first.
    package func stalls(longerThan age: UInt64 = .nanosecondsPerSecond) -> [Stall] {
        let now = Clock.monotonic()
        let stalls = state.wait(until: 0) { state in
            state.queues.compactMap { device, queue -> Stall? in
                guard let (job, directory, since) = queue.running, now - min(now, since) > age else { return nil }
                return Stall(
                    device: device, directory: directory, job: job, age: now - since, waiting: queue.jobs.count)
            }
        }
        return (stalls ?? []).sorted { $0.age > $1.age }
    }

    /// Waits until all work is done. Returns false if the monotonic clock reaches `deadline` first.
    package func finish(until deadline: UInt64) -> Bool {
        state.wait(until: deadline) { $0.queues.isEmpty ? true : nil } ?? false
    }
}
