import Capture
import Control
import Linux
import Logging
import Settings
import SystemPackage

/// The control server: the sockets of the daemon and their connections.
///
/// It has no state of the captures: each request becomes a command to the supervisor's loop. Clients cannot harm the
/// capture (I17): connections per socket, the size and the duration of a request are limited, and all clients share
/// one thread.
final class ControlServer {
    /// Receives the commands.
    typealias Desk = @Sendable (ControlCommand) -> Void

    private let log: Logger
    private let desk: Desk
    let disks = DiskSpace()
    private let access = SharedAccess()
    private let hub: EventHub
    private var listeners: [Listener] = []

    init(log: Logger, hub: EventHub, desk: @escaping Desk) { (self.log, self.hub, self.desk) = (log, hub, desk) }

    /// The listeners that a configuration asks for, and the group that may give commands.
    struct Places {
        fileprivate var listeners: [Listener] = []
        fileprivate let commanders: Access.Group
    }

    /// Opens the listeners of `settings` that are not open yet. Throws a `ConfigurationError` if a socket that the
    /// configuration names cannot be opened. Without the default socket the daemon continues, with a log line. Throws
    /// a `SystemError` if the machine temporarily lacks a resource.
    func listen(_ settings: Settings) throws -> Places {
        var places = Places(commanders: Access.Group(named: settings.control.group))
        var diagnostics: [Diagnostic] = []
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
                    diagnostics.append(Diagnostic(at: position, "\(error)"))
                } else {
                    log.warning(
                        """
                        the daemon accepts no commands: \(error); set 'control: { socket: PATH }' to use another socket
                        """, metadata: .about(.listening, cause: "\(error.errno)"))
                }
            }
        }
        guard diagnostics.isEmpty else { throw ConfigurationError(diagnostics) }
        return places
    }

    private func listener(at endpoint: Endpoint) throws(SystemError) -> Listener {
        let listener = try Listener(endpoint)
        if !listener.isAddressThere {
            log.notice(
                "\(endpoint) is not an address of this host: the daemon serves it once it is",
                metadata: .about(.listening, cause: "\(Errno.addressNotAvailable)"))
        }
        return listener
    }

    /// Serves the listeners in `wanted` and retires all others. Call it after the privilege drop.
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

    /// Closes every listener.
    func close() {
        for listener in listeners { listener.close() }
        listeners = []
    }
}

/// An address for clients.
enum Endpoint: Equatable, CustomStringConvertible {
    /// The control API on a Unix socket.
    case control(socket: String)
    /// The metrics over TCP.
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

    /// Whether it is a Unix socket, on which the kernel identifies clients.
    var isControl: Bool { if case .control = self { true } else { false } }

    /// Its position in the configuration.
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
                    advice: "the service has no TCP: with 'systemctl edit holdfastd', add to [Service] "
                        + "RestrictAddressFamilies=AF_INET AF_INET6 and IPAddressAllow= with the clients, such as "
                        + "localhost")
            }
        }
    }
}
