import Capture
import DequeModule
import Glibc
import Ledger
import Linux
import Segments
import Synchronization
import SystemPackage

/// The helper process, from its start to its exit: takes jobs from standard input and answers there.
///
/// Each job has its own thread, because only opening a directory shows whether its disk answers. Behind that, jobs
/// for one device run one at a time. The process ends when the daemon closes its standard input.
package enum DiskHelperLoop {
    /// The arguments of holdfastd that start a helper: without any rights, or with the rights of its parent.
    package static let argument = "--disk-helper"
    package static let startArgument = "--disk-helper-with-rights"

    /// Runs the helper and ends the process if the arguments request it; returns for the arguments of a daemon.
    package static func runIfAsked(_ arguments: [String]) {
        guard arguments.count == 2, [argument, startArgument].contains(arguments[1]) else { return }
        _ = umask(0o027)
        _ = signal(SIGPIPE, SIG_IGN)
        if arguments[1] == argument {
            do { try Privileges.giveUpAll() } catch { _exit(Daemon.ExitCode.notPermitted) }
        }
        let crew = DiskCrew()
        var lines = LineBuffer()
        while let piece = HelperProcess.Parent.read() {
            for line in lines.append(piece) {
                guard let job = try? DiskMessage<DiskWork>(line: line) else { _exit(Daemon.ExitCode.failure) }
                crew.take(job)
            }
        }
        _exit(0)
    }
}

/// The threads of the helper process, one per job.
private final class DiskCrew: Sendable {
    /// Most jobs at once; further jobs wait.
    private static let mostThreads = 1024

    private struct State {
        var threads = 0
        var waiting: Deque<DiskMessage<DiskWork>> = []
        var captures: [String] = []
        var freeSpace: Int64 = 0
    }

    private let state = Mutex(State())
    private let gate = DeviceGate()
    private let ledgers = LedgerStore()
    /// Held while an answer is written.
    private let output = Mutex(())

    func take(_ job: DiskMessage<DiskWork>) {
        switch job.content {
        case .ping: answer(job.number, .done)
        case .configuration(let captures, let freeSpace):
            state.withLock { ($0.captures, $0.freeSpace) = (captures, freeSpace) }
        default:
            let starts = state.withLock { state in
                guard state.threads < DiskCrew.mostThreads else {
                    state.waiting.append(job)
                    return false
                }
                state.threads += 1
                return true
            }
            if starts { start(job) }
        }
    }

    /// Starts a job. If no thread can be created, the job waits for a running one to end, if there is one.
    private func start(_ job: DiskMessage<DiskWork>) {
        do {
            try DedicatedThread("disk", state: job) { [self] job in
                var next: DiskMessage<DiskWork>? = job
                while let job = next {
                    work(job)
                    next = state.withLock { state in
                        let job = state.waiting.popFirst()
                        if job == nil { state.threads -= 1 }
                        return job
                    }
                }
            }.detach()
        } catch {
            let isRefused = state.withLock { state in
                state.threads -= 1
                if state.threads > 0 { state.waiting.append(job) }
                return state.threads == 0
            }
            if isRefused { answer(job.number, .failed(error)) }
        }
    }

    private func work(_ job: DiskMessage<DiskWork>) {
        do throws(SystemError) {
            answer(job.number, try outcome(of: job.content, job.number))
        } catch {
            answer(job.number, .failed(error))
        }
    }

    private func outcome(of work: DiskWork, _ number: UInt64) throws(SystemError) -> DiskOutcome {
        switch work {
        case .ping, .configuration: return .done
        case .make(let path, let owner):
            _ = try Directory(making: path, for: owner)
            return .done
        case .adopt(let capture, let path):
            let directory = try Directory(making: path)
            let (captures, freeSpace) = state.withLock { ($0.captures, $0.freeSpace) }
            return try gate.pass(try directory.device(), number) { waiting throws(SystemError) in
                var pace = Pace()
                return .adopted(
                    try Adoption.adopt(
                        capture, in: directory, configured: captures, freeSpace: freeSpace,
                        progress: {
                            guard pace.isDue() else { return }
                            for job in waiting() + [number] { answer(job, .working) }
                        }))
            }
        case .survey(let capture, let path, let configured):
            return .adopted(try Adoption.survey(capture, in: path, configured: configured))
        case .remove(let name, let path):
            let directory = try Directory(path)
            return try gate.pass(try directory.device(), number) { _ throws(SystemError) in
                do throws(SystemError) { return .removed(try directory.removeFile(name)) } catch {
                    if error.errno != .noSuchFileOrDirectory { throw error }
                    return .removed(false)
                }
            }
        case .appendToLedger(let entry):
            do { return .ledger(try ledgers.append(entry)) } catch { return .ledgerRefused(error) }
        case .readLedger(let capture, let folder, let from):
            return .ledgerRead(try ledgers.readLedger(of: capture, in: folder, from: from))
        case .freeSpace(let path): return .free(try Directory(path).fileSystem().free)
        }
    }

    private func answer(_ number: UInt64, _ outcome: DiskOutcome) {
        guard let line = try? DiskMessage(number: number, content: outcome).line else { _exit(Daemon.ExitCode.failure) }
        output.withLock { _ in
            // The daemon has ended, so there is no work left.
            if !HelperProcess.Parent.write(line) { _exit(0) }
        }
    }
}

/// Is due once a second.
private struct Pace {
    private var due = Clock.monotonic() + .nanosecondsPerSecond

    mutating func isDue() -> Bool {
        let now = Clock.monotonic()
        guard now >= due else { return false }
        due = now + .nanosecondsPerSecond
        return true
    }
}

/// Admits one job at a time per device, in order of arrival.
private final class DeviceGate: Sendable {
    private struct Line {
        var isBusy = false
        /// The waiting jobs.
        var waiting: Deque<UInt64> = []
    }

    /// The devices with a running job.
    private let lines = Monitor<[UInt64: Line]>([:])

    /// Runs `body` when no other job uses the device. `body` can ask which jobs wait behind it.
    func pass<Result>(
        _ device: UInt64, _ number: UInt64, _ body: (() -> [UInt64]) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        lines.update { $0[device, default: Line()].waiting.append(number) }
        _ = lines.wait(until: nil) { lines -> Bool? in
            guard lines[device]?.isBusy == false, lines[device]?.waiting.first == number else { return nil }
            lines[device]?.isBusy = true
            lines[device]?.waiting.removeFirst()
            return true
        }
        defer {
            lines.update { lines in
                lines[device]?.isBusy = false
                if lines[device]?.waiting.isEmpty == true { lines[device] = nil }
            }
        }
        return try body { [lines] in lines.wait(until: 0) { $0[device].map { Array($0.waiting) } } ?? [] }
    }
}
