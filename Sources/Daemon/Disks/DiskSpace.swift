import Linux
import NIOCore
import Synchronization

/// How much is free where captures go, for a client that asks for the status.
///
/// Each device is asked on its own, one question at a time however many clients want to know, by the helper process. A client
/// waits for a second at most, and not at all for a device whose answer is missing for longer than that.
final class DiskSpace: Sendable {
    /// For how long a question may hold up a client, in nanoseconds.
    private static let patience: UInt64 = .nanosecondsPerSecond

    private struct Question {
        var answer: EventLoopFuture<Int64?>
        var directory: String
        /// By the monotonic clock.
        var askedAt: UInt64
    }

    private struct State {
        var helper: DiskHelper?
        var devices: @Sendable () -> [String: UInt64] = { [:] }
        /// What has not been answered yet, by device.
        var questions: [UInt64: Question] = [:]
    }

    private let state = Mutex(State())

    /// From now on `helper` asks, and `devices` says which device a directory is on, without asking one.
    func begin(with helper: DiskHelper, devices: @escaping @Sendable () -> [String: UInt64]) {
        state.withLock { ($0.helper, $0.devices) = (helper, devices) }
    }

    /// Bytes that are free, by directory; directories whose device does not say, or is not known, are left out.
    func free(in directories: [String]) async -> [String: Int64] {
        let devices = state.withLock { $0.devices }()
        let places = Dictionary(grouping: directories) { devices[$0] }
        let now = Clock.monotonic()
        var answers: [(directories: [String], free: EventLoopFuture<Int64?>)] = []
        for case (let device?, let directories) in places {
            guard let question = ask(device, in: directories[0], now) else { continue }
            let age = now - min(now, question.askedAt)
            guard age < DiskSpace.patience else { continue }
            let answer = question.answer.eventLoop.makePromise(of: Int64?.self)
            question.answer.cascade(to: answer)
            let rest = TimeAmount.nanoseconds(Int64(DiskSpace.patience - age))
            let waiting = question.answer.eventLoop.scheduleTask(in: rest) { answer.succeed(nil) }
            answer.futureResult.whenComplete { _ in waiting.cancel() }
            answers.append((directories, answer.futureResult))
        }
        var found: [String: Int64] = [:]
        for (directories, answer) in answers {
            guard let free = try? await answer.get() else { continue }
            for directory in directories { found[directory] = free }
        }
        return found
    }

    /// Directories that have been asked for longer than a second, and for how long, in nanoseconds.
    var unanswered: [(directory: String, age: UInt64)] {
        let now = Clock.monotonic()
        return state.withLock { $0.questions.values.map { ($0.directory, now - min(now, $0.askedAt)) } }
            .filter { $0.1 > DiskSpace.patience }
    }

    /// The question to a device that is open, or a new one.
    private func ask(_ device: UInt64, in directory: String, _ now: UInt64) -> Question? {
        let (open, helper) = state.withLock { ($0.questions[device], $0.helper) }
        if let open { return open }
        guard let helper else { return nil }
        let promise = Listener.thread.any().makePromise(of: Int64?.self)
        // Should another client have asked meanwhile, both get an answer.
        let question = Question(answer: promise.futureResult, directory: directory, askedAt: now)
        state.withLock { $0.questions[device] = question }
        helper.give(.freeSpace(directory: directory)) { [self] answer in
            guard case .result(let outcome) = answer else { return }
            state.withLock { $0.questions[device] = nil }
            if case .free(let bytes) = outcome { promise.succeed(bytes) } else { promise.succeed(nil) }
        }
        return question
    }
}
