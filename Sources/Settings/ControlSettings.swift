public import Linux

/// Where the daemon can be asked, and who may: the key `control`.
public struct ControlSettings: Equatable, Sendable {
    /// The path of a Unix socket.
    public var socket: String
    /// The group whose members may give commands, beside root and the daemon's own user.
    public var group: String
    /// Where the key stands; nil when it is absent: then a socket that cannot be made is no mistake.
    public var position: Position?

    public init(socket: String, group: String, position: Position? = nil) {
        (self.socket, self.group, self.position) = (socket, group, position)
    }

    /// Without the key.
    public static let standard = ControlSettings(socket: "/run/holdfast/control.sock", group: "holdfast-admin")

    /// Where the daemon with the configuration at `path` listens, for one who wants to ask it. What is wrong elsewhere in the file,
    /// or a file that cannot be read, is no reason not to ask.
    public static func socket(in path: String) -> String {
        guard let text = try? ConfigurationFile.text(path) else { return standard.socket }
        let control = Draft(text, file: path).root()?.table { root in root.table("control") { ControlSettings($0) } }
        return (control ?? nil)?.socket ?? standard.socket
    }

    init(_ table: Table) {
        self.init(
            socket: table.value("socket", .socketPath, default: ControlSettings.standard.socket),
            group: table.value("group", .group, default: ControlSettings.standard.group), position: table.position)
    }
}

/// Where metrics are served over TCP: the key `metrics`.
public struct MetricsSettings: Equatable, Sendable {
    public var listen: NumericAddress
    /// Where the address stands.
    public var position: Position

    public init(listen: NumericAddress, position: Position) { (self.listen, self.position) = (listen, position) }

    /// Nil after a mistake.
    init?(_ table: Table) {
        guard let listen = table.required("listen", .numericAddress) else { return nil }
        self.init(listen: listen, position: table.position(of: "listen"))
    }
}

extension Kind where Value == String {
    /// The path of a Unix socket. Absolute, since whoever connects runs in another directory.
    static var socketPath: Kind {
        path.checked("an absolute path, such as \(ControlSettings.standard.socket)") { $0.hasPrefix("/") && $0 != "/" }
            .checked("at most \(ListeningSocket.longestPath) bytes") { $0.utf8.count <= ListeningSocket.longestPath }
    }

    /// A group of this system.
    static var group: Kind {
        let meaning = "the name of a group"
        return Kind(meaning: meaning) { text throws(Refusal) in
            guard Group.number(of: text) != nil else {
                throw .other(than: meaning + " of this system")
            }
            return text
        }
    }
}

extension Kind where Value == NumericAddress {
    /// An address and a port. A port alone is one of the loopback interface.
    static var numericAddress: Kind {
        let meaning = "an address and a port, such as 127.0.0.1:9718 or [::1]:9718"
        return Kind(meaning: meaning) { text throws(Refusal) in
            guard let address = NumericAddress(text) else {
                let hint = NumericAddress("127.0.0.1:" + text.split(separator: ":").suffix(1).joined())
                throw .other(than: meaning, hint: hint.map { " (did you mean '\($0)'?)" } ?? "")
            }
            return address
        }
    }
}
