import Control
import NIOCore
import NIOPosix
import Synchronization

/// A question about the daemon's health. Its client gets an answer even if the control loop gives none.
final class HealthQuestion: Sendable {
    enum Check { case alive, ready }

    let check: Check
    private let reply: Mutex<CheckedContinuation<Health, Never>?>

    private init(_ check: Check, _ reply: CheckedContinuation<Health, Never>) {
        self.check = check
        self.reply = Mutex(reply)
    }

    /// Answers the client, unless it has its answer already.
    func answer(_ health: Health) { reply.withLock { $0.take() }?.resume(returning: health) }

    /// Asks the control loop and waits for its answer, for `limit` at most.
    static func ask(
        _ check: Check, within limit: Duration = .seconds(3), _ desk: ControlServer.Desk
    ) async -> Health {
        var timer: Scheduled<Void>?
        let health = await withCheckedContinuation { reply in
            let question = HealthQuestion(check, reply)
            timer = Listener.thread.next().scheduleTask(in: TimeAmount(limit)) {
                question.answer(Health(reasons: ["the control loop has not answered for \(limit)"]))
            }
            desk(.health(question))
        }
        timer?.cancel()
        return health
    }
}
