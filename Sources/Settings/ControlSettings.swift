package import Linux

/// The daemon's control socket, and who can connect: the key `control`.
package struct ControlSettings: Equatable, Sendable {
    /// The path of a Unix socket.
    package var socket: String
    /// The group whose members can send commands, besides root and the daemon's own user.
    package var group: String
    /// The position of the key; nil if the key is absent. A default socket that cannot be created is not an error.
    package var position: Position?

    package init(socket: String, group: String, position: Position? = nil) {
        (self.socket, self.group, self.position) = (socket, group, position)
    }

    /// The defaults if the key is absent.
    package static let standard = ControlSettings(socket: Places.own.standardSocket, group: "holdfast-admin")

    /// The socket that the configuration at `path` names; nil if it names none. A client connects even if the file is
    /// unreadable or contains errors elsewhere.
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

/// The TCP address that serves metrics: the key `metrics`.
package struct MetricsSettings: Equatable, Sendable {
    package var listen: NumericAddress
    /// The position of the address.
    package var position: Position

    package init(listen: NumericAddress, position: Position) { (self.listen, self.position) = (listen, position) }

    /// Nil after an error.
    init?(_ table: Table) {
        guard let listen = table.required("listen", .numericAddress) else { return nil }
        self.init(listen: listen, position: table.position(of: "listen"))
    }
}

extension ValueParser where Value == String {
    /// The path of a Unix socket. It must be absolute, since clients run in other directories.
    static var socketPath: ValueParser {
        path.checked("an absolute path, such as \(Places.systemSocket)") { $0.hasPrefix("/") && $0 != "/" }
            .checked("at most \(ListeningSocket.longestPath) bytes") { $0.utf8.count <= ListeningSocket.longestPath }
    }

    /// A group of this host.
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
    /// A numeric address and a port. A port alone means the loopback interface.
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
