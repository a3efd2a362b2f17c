import Linux
import NIOCore
import Synchronization

/// The connections of a socket. At the limit, a new connection replaces the one that has been silent longest. A
/// connection that waits for its answer is replaced only if all of them do. So a thousand silent clients cost as much
/// as the limit, and the next client that sends a request is served (I17).
final class Connections: Sendable {
    private struct Connection {
        let channel: any Channel
        /// The client, on a Unix socket.
        let peer: Peer?
        var isAnswered = false
        /// Whether the client follows events. Streams have a limit of their own.
        var isStream = false
    }

    /// In the order in which they were accepted or last got an answer.
    private let all = Mutex<[Connection]>([])

    func admit(_ channel: any Channel) {
        let peer = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { number in
            try? Peer(of: number)
        }
        let tooMany = all.withLock { all in
            all.append(Connection(channel: channel, peer: peer ?? nil))
            guard all.count(where: { !$0.isStream }) > ClientLimits.connections else { return nil as (any Channel)? }
            let index = all.firstIndex { !$0.isAnswered } ?? all.firstIndex { !$0.isStream }
            return index.map { all.remove(at: $0).channel }
        }
        tooMany?.close(promise: nil)
        channel.closeFuture.whenComplete { [weak self] _ in self?.remove(channel) }
    }

    /// The client, on a Unix socket.
    func peer(of channel: any Channel) -> Peer? {
        all.withLock { all in all.first { $0.channel === channel }?.peer }
    }

    /// Notes that the client has sent its request and waits for the answer.
    func beginAnswer(to channel: any Channel) {
        all.withLock { all in
            guard let index = all.firstIndex(where: { $0.channel === channel }) else { return }
            all[index].isAnswered = true
        }
    }

    /// Notes that the answer is a stream of events.
    func beginStream(to channel: any Channel) {
        all.withLock { all in
            guard let index = all.firstIndex(where: { $0.channel === channel }) else { return }
            all[index].isStream = true
        }
    }

    /// Notes that the client has its answer.
    func endAnswer(to channel: any Channel) {
        all.withLock { all in
            guard let index = all.firstIndex(where: { $0.channel === channel }) else { return }
            all.append(Connection(channel: channel, peer: all.remove(at: index).peer))
        }
    }

    private func remove(_ channel: any Channel) { all.withLock { $0.removeAll { $0.channel === channel } } }
}
