import Linux
import NIOCore
import Synchronization

/// The free space of the captures' file systems, for clients that ask for the status.
///
/// The disk helper asks each device separately, with one question at a time for all clients. A client waits one
/// second at most, and not at all for a device that has been silent for longer.
final class DiskSpace: Sendable {
    /// Longest wait of a client, in nanoseconds.
    private static let patience: UInt64 = .nanosecondsPerSecond

    private struct Question {
        var answer: EventLoopFuture<Int64?>
        var directory: String
        /// Time of the question, by the monotonic clock.
        var askedAt: UInt64
    }

    private struct State {
        var helper: DiskHelper?
        var devices: @Sendable () -> [String: UInt64] = { [:] }
        /// Unanswered questions by device.
        var questions: [UInt64: Question] = [:]
    }

    private let state = Mutex(State())

    /// Sets the helper that asks, and the function that returns the known devices by directory without touching a
    /// disk.
    func begin(with helper: DiskHelper, devices: @escaping @Sendable () -> [String: UInt64]) {
        state.withLock { ($0.helper, $0.devices) = (helper, devices) }
    }

    /// Free bytes by directory, without directories whose device is unknown or does not answer.
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

    /// Nanoseconds since the question to the device of each directory that has not answered for more than a second.
    var unanswered: [String: UInt64] {
        let now = Clock.monotonic()
        let (devices, questions) = state.withLock { ($0.devices, $0.questions) }
        return devices().compactMapValues { device in
            questions[device].map { now - min(now, $0.askedAt) }.flatMap { $0 > DiskSpace.patience ? $0 : nil }
        }
    }

    /// The open question to a device, or a new one.
    private func ask(_ device: UInt64, in directory: String, _ now: UInt64) -> Question? {
        let (open, helper) = state.withLock { ($0.questions[device], $0.helper) }
        if let open { return open }
        guard let helper else { return nil }
        let promise = Listener.thread.any().makePromise(of: Int64?.self)
        // If another client asks at the same time, both get an answer.
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
