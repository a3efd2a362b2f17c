import Glibc
import Linux
import SystemPackage

/// The default locations of the configuration and the control socket.
///
/// The environment variables HOLDFAST_CONFIG and HOLDFAST_SOCKET come first, then the user's own directories unless
/// the user is root, and last the system's. Sources: file-hierarchy(7); the XDG Base Directory Specification.
package struct Places: Sendable {
    static let systemConfiguration = "/etc/holdfast/holdfast.yaml"
    static let systemSocket = "/run/holdfast/control.sock"

    private let environment: @Sendable (String) -> String?
    private let isRoot: Bool

    /// The locations for this process with the rights it was started with; a later privilege drop does not change
    /// them.
    package static let own = Places(isRoot: geteuid() == 0) { name in
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// `environment` returns the value of an environment variable.
    init(isRoot: Bool, environment: @escaping @Sendable (String) -> String?) {
        (self.isRoot, self.environment) = (isRoot, environment)
    }

    /// The path of the configuration; the user's own file if it exists.
    package var configuration: String {
        if let named = namedConfiguration { return named }
        let home = directory("XDG_CONFIG_HOME") ?? directory("HOME").map { $0 + "/.config" }
        guard !isRoot, let path = home.map({ $0 + "/holdfast/holdfast.yaml" }), unsafe access(path, F_OK) == 0 else {
            return Places.systemConfiguration
        }
        return path
    }

    /// The path in HOLDFAST_CONFIG.
    private var namedConfiguration: String? { value("HOLDFAST_CONFIG") }

    /// The path in HOLDFAST_SOCKET. It overrides the configuration's socket.
    var namedSocket: String? { value("HOLDFAST_SOCKET").map(Places.absolute) }

    /// The socket of this user's daemon if its configuration names none.
    var standardSocket: String { namedSocket ?? userSocket ?? Places.systemSocket }

    /// The socket of a daemon that the user has started.
    private var userSocket: String? {
        isRoot ? nil : directory("XDG_RUNTIME_DIR").map { $0 + "/holdfast/control.sock" }
    }

    /// The socket that a client connects to.
    ///
    /// `option` is the socket on the command line, and `file` is the configuration on the command line. The client
    /// uses the first of these that exists: `option`, HOLDFAST_SOCKET, the socket in the configuration that the user
    /// names, the user's own daemon while it runs, the socket in the default configuration, the system's.
    package func socket(option: String?, configuration file: String?) -> String {
        if let socket = option ?? namedSocket { return socket }
        if let file = file ?? namedConfiguration, let socket = ControlSettings.socket(namedIn: file) { return socket }
        if let socket = userSocket, UnixSocket.isServed(socket) { return socket }
        return ControlSettings.socket(namedIn: file ?? configuration) ?? Places.systemSocket
    }

    /// The value of a variable; an empty one counts as unset.
    private func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// The directory in a variable. The specification requires that relative paths are ignored.
    private func directory(_ name: String) -> String? { value(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }

    /// Makes a path absolute, for programs with another working directory.
    package static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let working = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(working) }
        return FilePath(unsafe String(cString: working)).pushing(FilePath(path)).lexicallyNormalized().string
    }
}
