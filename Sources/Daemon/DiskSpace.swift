import Linux
import NIOCore
import NIOPosix
import Synchronization

/// How much is free where captures go, for whoever asks how the daemon is.
///
/// A network file system whose server is gone answers nobody, and must not keep the supervisor's loop. So a thread for such
/// things asks, one question at a time however many want to know, and who has waited for a second goes on without.
final class DiskSpace: Sendable {
    /// Waits for disks; starts with `Daemon.startThreads`.
    static let thread = NIOThreadPool(numberOfThreads: 1)

    /// What is being asked.
    private let question = Mutex<EventLoopFuture<[String: Int64]>?>(nil)

    /// Bytes that are free, by directory; directories that do not say are left out.
    func free(in directories: [String]) async -> [String: Int64] {
        let asked = question.withLock { question in
            let asked = question ?? ask(directories)
            question = asked
            return asked
        }
        let answer = asked.eventLoop.makePromise(of: [String: Int64].self)
        asked.cascade(to: answer)
        let patience = asked.eventLoop.scheduleTask(in: .seconds(1)) { answer.succeed([:]) }
        defer { patience.cancel() }
        return (try? await answer.futureResult.get()) ?? [:]
    }

    private func ask(_ directories: [String]) -> EventLoopFuture<[String: Int64]> {
        DiskSpace.thread.runIfActive(eventLoop: Listener.thread.any()) { [self] in
            defer { question.withLock { $0 = nil } }
            return directories.reduce(into: [:]) { $0[$1] = try? Directory($1).fileSystem().free }
        }
    }
}
