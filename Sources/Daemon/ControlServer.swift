import Capture
import Control
import HummingbirdCore
import Linux
import Logging
import NIOCore
import NIOPosix
import Settings

/// The sockets at which the daemon can be asked, and the connections to them.
///
/// It knows nothing itself: what is asked becomes an order to the supervisor's loop. Clients cannot hurt: each socket has a
/// number of connections that it holds, a request a size and a time, and all of them share one thread.
final class ControlServer {
    /// Where orders go.
    typealias Desk = @Sendable (ControlOrder) -> Void

    private let log: Logger
    private let desk: Desk
    private let disks = DiskSpace()
    private let hub: EventHub
    private var listeners: [Listener] = []

    init(log: Logger, hub: EventHub, desk: @escaping Desk) { (self.log, self.hub, self.desk) = (log, hub, desk) }

    /// Listens where `settings` want it and nobody does yet. A socket that was asked for and cannot be made is a mistake in the
    /// configuration; the one that is there by default is done without, which is said.
    func listen(_ settings: Settings) throws(ConfigurationError) -> [Listener] {
        var wanted: [Listener] = []
        var mistakes: [Mistake] = []
        for endpoint in Endpoint.all(settings) {
            do throws(SystemError) {
                if let known = listeners.first(where: { $0.endpoint == endpoint }) {
                    wanted.append(known)
                } else {
                    wanted.append(try Listener(endpoint))
                }
            } catch {
                if let position = endpoint.position(in: settings) {
                    mistakes.append(Mistake(at: position, "\(error)"))
                } else {
                    log.warning(
                        "nobody can ask or order: \(error); 'control: { socket: PATH }' in the configuration names another"
                    )
                }
            }
        }
        guard mistakes.isEmpty else { throw ConfigurationError(mistakes) }
        return wanted
    }

    /// Serves those who come to `wanted`, and nobody else any more.
    func serve(_ wanted: [Listener]) {
        let before = listeners
        listeners = wanted
        for listener in before where !wanted.contains(where: { $0 === listener }) { listener.close() }
        for listener in wanted where !before.contains(where: { $0 === listener }) {
            listener.serve(Routes(endpoint: listener.endpoint, desk: desk, disks: disks, hub: hub), log: log)
        }
    }

    /// Serves nobody any more.
    func close() { serve([]) }
}

/// A place where somebody may ask.
enum Endpoint: Equatable {
    /// Everything, over a Unix socket.
    case control(socket: String, group: String)
    /// The metrics, over TCP.
    case metrics(NumericAddress)

    static func all(_ settings: Settings) -> [Endpoint] {
        let control = Endpoint.control(socket: settings.control.socket, group: settings.control.group)
        return [control] + (settings.metrics.map { [.metrics($0.listen)] } ?? [])
    }

    /// Where it was asked for.
    func position(in settings: Settings) -> Position? {
        switch self {
        case .control: settings.control.position
        case .metrics: settings.metrics?.position
        }
    }

    func open() throws(SystemError) -> ListeningSocket {
        switch self {
        case .control(let path, let group): try ListeningSocket(path: path, group: Group.number(of: group))
        case .metrics(let address): try ListeningSocket(address)
        }
    }
}

/// A socket that is listened at.
final class Listener {
    let endpoint: Endpoint
    private var socket: ListeningSocket?
    private var serving: Task<Void, Never>?
    static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(_ endpoint: Endpoint) throws(SystemError) {
        self.endpoint = endpoint
        socket = try endpoint.open()
    }

    deinit { close() }

    /// Gives up the socket and its connections.
    func close() {
        serving?.cancel()
        socket = nil
    }

    /// Connections that come are served from here on.
    func serve(_ routes: Routes, log: Logger) {
        do {
            guard let number = try socket?.duplicate() else { return }
            serving = Task(priority: .medium) { await Listener.serve(number, routes, log) }
        } catch {
            log.error("\(error)")
        }
    }

    @concurrent private static func serve(_ socket: CInt, _ routes: Routes, _ log: Logger) async {
        let connections = Connections()
        let http = HTTP1Channel(
            responder: { request, writer, _ in try await routes.answer(request).write(with: writer) },
            configuration: .init(
                additionalChannelHandlers: [Conversation(connections)], idleTimeout: Limits.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Limits.header, maxHeaderListSize: Limits.header, maxHeaderFieldCount: 64)))
        do {
            let server = try await ServerBootstrap(group: thread)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(socket) { channel in
                    connections.admit(channel)
                    return http.setup(channel: channel, logger: log)
                }
            try await withThrowingDiscardingTaskGroup { group in
                try await server.executeThenClose { arrivals in
                    for try await connection in arrivals {
                        group.addTask { await http.handle(value: connection, logger: log) }
                    }
                }
            }
        } catch is CancellationError {
            // Nobody is to be served any more.
        } catch {
            log.error("the control interface is not served any more: \(error)")
        }
    }
}

/// What a client may ask of us.
enum Limits {
    /// How long a connection may be without a whole request, or between two.
    static let idle = TimeAmount.seconds(10)
    /// Bytes of all headers of a request.
    static let header = 8 << 10
    /// Bytes of a request's body; none has a meaning.
    static let body = 4 << 10
    /// Connections to one socket.
    static let connections = 64
}
