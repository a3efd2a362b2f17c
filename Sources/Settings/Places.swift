import Glibc
import Linux
import SystemPackage

/// Where the programs look for the configuration and the control socket, where their command line does not say: first at what
/// HOLDFAST_CONFIG and HOLDFAST_SOCKET name, then in the user's own directories, unless the user is root, and last in those of the
/// system. See file-hierarchy(7); the XDG Base Directory Specification.
public struct Places: Sendable {
    static let systemConfiguration = "/etc/holdfast/holdfast.yaml"
    static let systemSocket = "/run/holdfast/control.sock"

    private let environment: @Sendable (String) -> String?
    private let isRoot: Bool

    /// Of this process, as it was started: rights that are given up later change nothing.
    public static let own = Places(isRoot: geteuid() == 0) { name in
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// `environment` has the value of a variable.
    init(isRoot: Bool, environment: @escaping @Sendable (String) -> String?) {
        (self.isRoot, self.environment) = (isRoot, environment)
    }

    /// The configuration: the user's own where there is one.
    public var configuration: String {
        if let named = namedConfiguration { return named }
        let home = directory("XDG_CONFIG_HOME") ?? directory("HOME").map { $0 + "/.config" }
        guard !isRoot, let path = home.map({ $0 + "/holdfast/holdfast.yaml" }), unsafe access(path, F_OK) == 0 else {
            return Places.systemConfiguration
        }
        return path
    }

    /// What HOLDFAST_CONFIG names.
    private var namedConfiguration: String? { value("HOLDFAST_CONFIG") }

    /// What HOLDFAST_SOCKET names: a daemon listens there whatever its configuration says.
    var namedSocket: String? { value("HOLDFAST_SOCKET").map(Places.absolute) }

    /// Where a daemon of this user listens whose configuration names no socket.
    var standardSocket: String { namedSocket ?? userSocket ?? Places.systemSocket }

    /// Where a daemon listens that the user has started.
    private var userSocket: String? {
        isRoot ? nil : directory("XDG_RUNTIME_DIR").map { $0 + "/holdfast/control.sock" }
    }

    /// Where a daemon is asked. `option` is the socket that the command line names, `configuration` the file that it names. A file
    /// that is named, and names a socket, is the daemon's that is meant; else the user's own daemon is, while it runs.
    public func socket(option: String?, configuration file: String?) -> String {
        if let socket = option ?? namedSocket { return socket }
        if let file = file ?? namedConfiguration, let socket = ControlSettings.socket(namedIn: file) { return socket }
        if let socket = userSocket, UnixSocket.isServed(socket) { return socket }
        return ControlSettings.socket(namedIn: file ?? configuration) ?? Places.systemSocket
    }

    /// A variable that is empty is none.
    private func value(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// What is no absolute path is to be ignored.
    private func directory(_ name: String) -> String? { value(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }

    /// A path from the root, for others, who may work in another directory.
    public static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let working = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(working) }
        return FilePath(unsafe String(cString: working)).pushing(FilePath(path)).lexicallyNormalized().string
    }
}
