import Linux
import SystemPackage

/// The state of the thread that serves the helper process.
///
/// The thread reports a job without an answer, and pings the helper to check that the helper itself responds. If the
/// helper has ended or does not respond, the thread starts another one, which gets all unfinished jobs. A job that
/// has seen two helpers end fails, because it may be the cause.
struct DiskConversation: ~Copyable, Sendable {
    /// Most helpers that cannot be killed and stay behind; beyond that no other is started.
    static let mostAbandoned = 4
    /// Most unfinished jobs.
    static let mostJobs = 4096

    private let program: String
    private let jobs: DiskHelper.JobQueue
    /// Time without an answer after which a job is reported, in nanoseconds.
    private let silence: UInt64
    private var process: HelperProcess?
    /// Killed helpers that have not ended yet.
    private var abandoned: [Int32] = []
    /// Unfinished jobs by number.
    private var open: [UInt64: OpenJob] = [:]
    private var numbers: [String: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    /// The last `configuration`, which each new helper gets, too.
    private var configuration: DiskWork?
    /// Bytes that the helper has not accepted yet, and bytes of an incomplete line from it.
    private var unsent: ArraySlice<UInt8> = []
    private var received = LineBuffer()
    /// Time of an unanswered ping; nil if there is none.
    private var pingedAt: UInt64?
    private var heardAt: UInt64 = 0

    private struct OpenJob {
        var work: DiskWork
        var replies: [DiskHelper.Reply]
        /// Time of the disk's last answer, by the monotonic clock, and whether the silence since then was reported.
        var heardAt: UInt64
        var isSilenceTold = false
        /// Number of helpers that ended before the job did.
        var failures = 0
    }

    init(with program: String, jobs: DiskHelper.JobQueue, silence: UInt64) {
        (self.program, self.jobs, self.silence) = (program, jobs, silence)
    }

    mutating func run() {
        start()
        while true {
            let events = poll([jobs.wake.number, process?.number ?? -1, -1], timeout: timeout)
            guard let new = jobs.take() else { return }
            for (work, reply) in new { add(work, reply) }
            if events[1] != 0 { receive() }
            send()
            runTimers()
        }
    }

    /// Longest sleep, in nanoseconds; short while the helper is slow to accept jobs.
    private var timeout: UInt64? {
        if !unsent.isEmpty { return 10_000_000 }
        if !open.isEmpty { return silence / 8 }
        return abandoned.isEmpty ? nil : 10_000_000_000
    }

    // Jobs

    private mutating func add(_ work: DiskWork, _ reply: DiskHelper.Reply?) {
        if case .configuration = work {
            configuration = work
            if process != nil { queue(0, work) }
            return
        }
        if let number = work.key.flatMap({ numbers[$0] }), let reply {
            open[number]?.replies.append(reply)
            return
        }
        guard open.count < DiskConversation.mostJobs else {
            let advice = "\(open.count) directories do not answer"
            let error = SystemError("access", work.directory, .resourceTemporarilyUnavailable, advice: advice)
            reply?(.result(.failed(error)))
            return
        }
        lastNumber += 1
        if let key = work.key { numbers[key] = lastNumber }
        open[lastNumber] = OpenJob(work: work, replies: reply.map { [$0] } ?? [], heardAt: Clock.monotonic())
        // A helper that starts now gets every unfinished job, this one included.
        if process == nil { start() } else { queue(lastNumber, work) }
    }

    private mutating func queue(_ number: UInt64, _ work: DiskWork) {
        if let line = try? DiskMessage(number: number, content: work).line { unsent += line }
    }

    private mutating func send() {
        guard process != nil, !unsent.isEmpty else { return }
        unsent = unsent.dropFirst(process?.write(unsent) ?? 0)
        // Releases the memory of what was sent.
        if unsent.isEmpty { unsent = [] }
    }

    // Answers

    private mutating func receive() {
        while let bytes = process?.read() {
            if bytes.isEmpty { return ended("exited") }
            heardAt = Clock.monotonic()
            for line in received.append(bytes) {
                guard let message = try? DiskMessage<DiskOutcome>(line: line) else {
                    return ended("sent an invalid answer")
                }
                take(message)
            }
        }
    }

    private mutating func take(_ message: DiskMessage<DiskOutcome>) {
        if message.number == 0 { pingedAt = nil }
        if case .working = message.content {
            open[message.number]?.heardAt = heardAt
            open[message.number]?.isSilenceTold = false
        } else if let job = open.removeValue(forKey: message.number) {
            if let key = job.work.key { numbers[key] = nil }
            for reply in job.replies { reply(.result(message.content)) }
        }
    }

    // Timers

    private mutating func runTimers() {
        abandoned.removeAll { HelperProcess.reap($0) }
        guard !open.isEmpty else {
            pingedAt = nil
            return
        }
        let now = Clock.monotonic()
        for (number, job) in open where !job.isSilenceTold && now - min(now, job.heardAt) >= silence {
            open[number]?.isSilenceTold = true
            let seconds = Int((now - job.heardAt) / .nanosecondsPerSecond)
            for reply in job.replies { reply(.silent(seconds: seconds)) }
        }
        guard process != nil else { return }
        if let pingedAt {
            if now - min(now, pingedAt) >= silence { ended("stopped answering") }
        } else if now - min(now, heardAt) >= silence / 2 {
            pingedAt = now
            queue(0, .ping)
        }
    }

    // The process

    /// Starts a helper with all unfinished jobs; fails them if none can be started.
    private mutating func start() {
        abandoned.removeAll { HelperProcess.reap($0) }
        do throws(SystemError) {
            guard abandoned.count < DiskConversation.mostAbandoned else {
                throw SystemError(
                    "start", "another disk helper", .resourceTemporarilyUnavailable,
                    advice: "\(abandoned.count) earlier helpers cannot be killed, since a disk blocks them")
            }
            process = try Privileges.withoutAmbient { () throws(SystemError) in
                try HelperProcess(program, argument: DiskHelperLoop.argument)
            }
        } catch {
            return fail(Array(open.keys), error)
        }
        (received, unsent, pingedAt, heardAt) = (LineBuffer(), [], nil, Clock.monotonic())
        if let configuration { queue(0, configuration) }
        for (number, job) in open { queue(number, job.work) }
    }

    /// Gives up the helper.
    private mutating func ended(_ reason: String) {
        guard let ended = process.take() else { return }
        abandoned.append(ended.id)
        for number in open.keys { open[number]?.failures += 1 }
        for (number, job) in open where job.failures > 1 {
            fail(
                [number],
                SystemError(
                    "access", job.work.directory, .ioError,
                    advice: "the disk helper \(reason) for the second time"))
        }
        // Without unfinished jobs, the next job starts a helper.
        if !open.isEmpty { start() }
    }

    private mutating func fail(_ numbers: [UInt64], _ error: SystemError) {
        for number in numbers {
            guard let job = open.removeValue(forKey: number) else { continue }
            if let key = job.work.key { self.numbers[key] = nil }
            for reply in job.replies { reply(.result(.failed(error))) }
        }
    }
}
