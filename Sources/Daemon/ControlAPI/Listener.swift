import HTTPTypes
import HummingbirdCore
import Linux
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A listening socket and its connections.
final class Listener: Sendable {
    let endpoint: Endpoint
    /// Whether this host has the address now.
    let isAddressThere: Bool
    private let state: Mutex<State>
    private let keeper = Mutex<SocketKeeper?>(nil)
    /// The thread that serves every connection.
    static let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private struct State: ~Copyable {
        var socket: ListeningSocket?
        var serving: Task<Void, Never>?
        /// The channel that accepts connections, once NIO has taken over the socket.
        var server: (any Channel)?
    }

    init(_ endpoint: Endpoint) throws(SystemError) {
        self.endpoint = endpoint
        let socket = try endpoint.open()
        isAddressThere = socket.isAddressThere
        state = Mutex(State(socket: socket))
    }

    /// Closes the socket and its connections.
    func close() {
        retire()
        state.withLock { $0.serving?.cancel() }
    }

    /// Closes the socket. Existing connections end by themselves, such as the one that sent the reload.
    func retire() {
        // Outside the lock, which the keeper may need before it ends.
        _ = keeper.withLock { $0.take() }
        state.withLock { state in
            state.socket = nil
            state.server.take()?.close(promise: nil)
        }
    }

    /// Accepts connections, and recreates a deleted socket file, until `close`.
    func serve(_ routes: Routes, log: Logger) {
        begin(routes, log)
        guard case .control(let path) = endpoint else { return }
        let duty = SocketKeeper.Duty(
            path: path,
            isThere: { [self] in state.withLock { $0.socket?.isThere ?? true } },
            make: { [self] () throws(SystemError) in
                let made = try endpoint.open()
                take(made)
                begin(routes, log)
            })
        do {
            let made = try SocketKeeper(duty, log: log)
            keeper.withLock { $0 = made }
        } catch {
            log.warning(
                "\(error); the daemon does not recreate the control socket if its file is removed",
                metadata: .about(.listening, cause: "\(error.errno)"))
        }
    }

    /// Listens at `made` instead of the previous socket.
    private func take(_ made: consuming ListeningSocket) {
        var made: ListeningSocket? = made
        state.withLock { state in
            state.server.take()?.close(promise: nil)
            state.socket = made.take()
        }
    }

    private func begin(_ routes: Routes, _ log: Logger) {
        state.withLock { state in
            state.serving = Task(priority: .medium) { await self.serveForEver(routes, log) }
        }
    }

    /// A second descriptor of the socket, which NIO closes; nil if the socket is closed.
    private func duplicate() throws(SystemError) -> CInt? {
        try state.withLock { state throws(SystemError) in try state.socket?.duplicate() }
    }

    /// Serves until cancelled. If the machine temporarily lacks a resource, such as descriptors, it waits.
    @concurrent private func serveForEver(_ routes: Routes, _ log: Logger) async {
        var reason = ""
        while !Task.isCancelled {
            do {
                guard let number = try duplicate() else { return }
                return try await serve(number, routes, log)
            } catch is CancellationError {
                return
            } catch {
                if "\(error)" != reason {
                    log.error(
                        "cannot accept connections on \(endpoint): \(error); retrying every second",
                        metadata: .about(.listening, cause: "\(error)"))
                }
                reason = "\(error)"
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    @concurrent private func serve(_ socket: CInt, _ routes: Routes, _ log: Logger) async throws {
        let connections = Connections()
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                let answer = try await routes.answer(request, from: connections.peer(of: channel))
                try await answer.write(with: writer, isHead: request.method == .head)
            },
            configuration: .init(
                additionalChannelHandlers: [Conversation(connections)], idleTimeout: .seconds(ClientLimits.idle),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: ClientLimits.header, maxHeaderListSize: ClientLimits.header,
                    maxHeaderFieldCount: 64)))
        let server = try await ServerBootstrap(group: Listener.thread)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(socket) { channel in
                connections.admit(channel)
                return http.setup(channel: channel, logger: log)
            }
        let isWanted = state.withLock { state in
            if state.socket != nil { state.server = server.channel }
            return state.socket != nil
        }
        guard isWanted else { return try await server.executeThenClose { _ in } }
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { arrivals in
                for try await connection in arrivals {
                    group.addTask { await http.handle(value: connection, logger: log) }
                }
            }
        }
    }
}
