import Capture
import Control
import Linux
import Logging
import Settings
import SystemPackage

/// The sockets at which the daemon can be asked, and the connections to them.
///
/// It knows nothing itself: what is asked becomes an order to the supervisor's loop. Clients cannot hurt: each socket has a
/// number of connections that it holds, a request a size and a time, and all of them share one thread.
final class ControlServer {
    /// Where orders go.
    typealias Desk = @Sendable (ControlCommand) -> Void

    private let log: Logger
    private let desk: Desk
    let disks = DiskSpace()
    private let access = SharedAccess()
    private let hub: EventHub
    private var listeners: [Listener] = []

    init(log: Logger, hub: EventHub, desk: @escaping Desk) { (self.log, self.hub, self.desk) = (log, hub, desk) }

    /// Where a configuration wants the daemon to be asked, and by whom.
    struct Places {
        fileprivate var listeners: [Listener] = []
        fileprivate let commanders: Access.Group
    }

    /// Listens where `settings` want it and nobody does yet. Throws a `ConfigurationError` for a socket that was asked for and
    /// cannot be made; the one that is there by default is done without, which is said. Throws a `SystemError` for what the
    /// machine lacks now and may have later.
    func listen(_ settings: Settings) throws -> Places {
        var places = Places(commanders: Access.Group(named: settings.control.group))
        var mistakes: [Diagnostic] = []
        for endpoint in Endpoint.all(settings) {
            do throws(SystemError) {
                if let known = listeners.first(where: { $0.endpoint == endpoint }) {
                    places.listeners.append(known)
                } else {
                    places.listeners.append(try listener(at: endpoint))
                }
            } catch {
                if error.isPassing { throw error }
                if let position = endpoint.position(in: settings) {
                    mistakes.append(Diagnostic(at: position, "\(error)"))
                } else {
                    log.warning(
                        """
                        the daemon takes no commands: \(error); 'control: { socket: PATH }' in the configuration names \
                        another socket
                        """, metadata: .about(.listening, cause: "\(error.errno)"))
                }
            }
        }
        guard mistakes.isEmpty else { throw ConfigurationError(mistakes) }
        return places
    }

    private func listener(at endpoint: Endpoint) throws(SystemError) -> Listener {
        let listener = try Listener(endpoint)
        if !listener.isAddressThere {
            log.notice(
                "\(endpoint) is no address of this host yet: it is served as soon as it is",
                metadata: .about(.listening, cause: "\(Errno.addressNotAvailable)"))
        }
        return listener
    }

    /// Serves those who come to `wanted`, and nobody else any more. Rights must have been given up.
    func serve(_ wanted: Places) {
        let before = listeners
        listeners = wanted.listeners
        access.current = Access(commanders: wanted.commanders)
        for listener in before where !listeners.contains(where: { $0 === listener }) { listener.retire() }
        for listener in listeners where !before.contains(where: { $0 === listener }) {
            listener.serve(
                Routes(endpoint: listener.endpoint, access: access, desk: desk, disks: disks, hub: hub, log: log),
                log: log)
        }
    }

    /// Serves nobody any more.
    func close() {
        for listener in listeners { listener.close() }
        listeners = []
    }
}

/// A place where somebody may ask.
enum Endpoint: Equatable, CustomStringConvertible {
    /// Everything, over a Unix socket.
    case control(socket: String)
    /// The metrics, over TCP.
    case metrics(NumericAddress)

    static func all(_ settings: Settings) -> [Endpoint] {
        [.control(socket: settings.control.socket)] + (settings.metrics.map { [.metrics($0.listen)] } ?? [])
    }

    var description: String {
        switch self {
        case .control(let path): path
        case .metrics(let address): "\(address)"
        }
    }

    /// Whether it is a Unix socket, whose clients the kernel knows.
    var isControl: Bool { if case .control = self { true } else { false } }

    /// Where it was asked for.
    func position(in settings: Settings) -> Position? {
        switch self {
        case .control: settings.control.position
        case .metrics: settings.metrics?.position
        }
    }

    func open() throws(SystemError) -> ListeningSocket {
        switch self {
        case .control(let path): return try ListeningSocket(path: path)
        case .metrics(let address):
            do { return try ListeningSocket(address) } catch {
                guard error.errno == .addressFamilyNotSupported else { throw error }
                throw SystemError(
                    error.operation, error.subject, error.errno,
                    advice: "as a service it has no TCP: systemctl edit holdfastd, [Service], "
                        + "RestrictAddressFamilies=AF_INET AF_INET6, IPAddressAllow= and who may connect, such as localhost"
                )
            }
        }
    }
}

/// What a client may ask of us.
enum Limits {
    /// How long a connection may be without a whole request, or between two; in seconds.
    static let idle: Int64 = 10
    /// Bytes of all headers of a request.
    static let header = 8 << 10
    /// Bytes of a request's body; none has a meaning.
    static let body = 4 << 10
    /// Sockets, at most.
    static let sockets = 2
    /// Connections to one socket: fewer where few descriptors can be open, since captures need theirs.
    static let connections = max(4, min(64, Int(Descriptor.limit) / 16))
}
