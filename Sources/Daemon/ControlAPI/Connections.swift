import Linux
import NIOCore
import Synchronization

/// The connections to a socket. When there are as many as may be, a new one takes the place of the one that has kept us waiting
/// longest; one that waits for an answer goes only when all of them do. So a thousand clients that say nothing cost as much
/// as the limit, and the next one that says something is served.
final class Connections: Sendable {
    private struct Connection {
        let channel: any Channel
        /// Who it is, over a Unix socket.
        let peer: Peer?
        var isAnswered = false
        /// It follows events: of these there is a limit of its own.
        var isStream = false
    }

    /// In the order in which they came, or last had an answer.
    private let all = Mutex<[Connection]>([])

    func admit(_ channel: any Channel) {
        let peer = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { number in
            try? Peer(of: number)
        }
        let tooMany = all.withLock { all in
            all.append(Connection(channel: channel, peer: peer ?? nil))
            guard all.count(where: { !$0.isStream }) > Limits.connections else { return nil as (any Channel)? }
            let index = all.firstIndex { !$0.isAnswered } ?? all.firstIndex { !$0.isStream }
            return index.map { all.remove(at: $0).channel }
        }
        tooMany?.close(promise: nil)
        channel.closeFuture.whenComplete { [weak self] _ in self?.remove(channel) }
    }

    /// Who is at the other end, over a Unix socket.
    func peer(of channel: any Channel) -> Peer? {
        all.withLock { all in all.first { $0.channel === channel }?.peer }
    }

    /// It has made its request, and waits for us.
    func beginAnswer(to channel: any Channel) {
        all.withLock { all in
            guard let index = all.firstIndex(where: { $0.channel === channel }) else { return }
            all[index].isAnswered = true
        }
    }

    /// Its answer is a stream of events.
    func beginStream(to channel: any Channel) {
        all.withLock { all in
            guard let index = all.firstIndex(where: { $0.channel === channel }) else { return }
            all[index].isStream = true
        }
    }

    /// It has its answer.
    func endAnswer(to channel: any Channel) {
        all.withLock { all in
            guard let index = all.firstIndex(where: { $0.channel === channel }) else { return }
            all.append(Connection(channel: channel, peer: all.remove(at: index).peer))
        }
    }

    private func remove(_ channel: any Channel) { all.withLock { $0.removeAll { $0.channel === channel } } }
}
