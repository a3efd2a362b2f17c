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
    public static let standard = ControlSettings(socket: Places.own.standardSocket, group: "holdfast-admin")

    /// The socket that the configuration at `path` names; nil when it names none. What is wrong elsewhere in the file, or a file
    /// that cannot be read, is no reason not to ask a daemon.
    static func socket(namedIn path: String) -> String? {
        guard let text = try? ConfigurationFile.text(path) else { return nil }
        let socket = ConfigurationParser(text, file: path).root()?.table { root in
            root.table("control") { $0.value("socket", .socketPath) }
        }
        return (socket ?? nil) ?? nil
    }

    init(_ table: Table) {
        let socket = table.value("socket", .socketPath, default: ControlSettings.standard.socket)
        self.init(
            socket: Places.own.namedSocket ?? socket,
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

extension ValueParser where Value == String {
    /// The path of a Unix socket. Absolute, since whoever connects runs in another directory.
    static var socketPath: ValueParser {
        path.checked("an absolute path, such as \(Places.systemSocket)") { $0.hasPrefix("/") && $0 != "/" }
            .checked("at most \(ListeningSocket.longestPath) bytes") { $0.utf8.count <= ListeningSocket.longestPath }
    }

    /// A group of this system.
    static var group: ValueParser {
        let meaning = "the name of a group"
        return ValueParser(meaning: meaning) { text throws(ValueError) in
            guard Group.number(of: text) != nil else {
                throw .other(than: meaning + " of this system")
            }
            return text
        }
    }
}

extension ValueParser where Value == NumericAddress {
    /// An address and a port. A port alone is one of the loopback interface.
    static var numericAddress: ValueParser {
        let meaning = "an address and a port, such as 127.0.0.1:9718 or [::1]:9718"
        return ValueParser(meaning: meaning) { text throws(ValueError) in
            guard let address = NumericAddress(text) else {
                let hint = NumericAddress("127.0.0.1:" + text.split(separator: ":").suffix(1).joined())
                throw .other(than: meaning, hint: hint.map { " (did you mean '\($0)'?)" } ?? "")
            }
            return address
        }
    }
}
