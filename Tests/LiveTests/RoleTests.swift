import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Access to the control socket: the kernel identifies the client, and its groups decide what it can do.
    @Suite(.enabled(if: Requirement.setpriv && Requirement.curl)) struct Roles {
        /// A client with a user ID that no other process has, in the given groups.
        struct Client: CustomTestStringConvertible {
            var user = "61235", group = "61235"
            var groups: [String] = []
            /// Whether the client can read the status and give commands.
            let reads, commands: Bool

            var testDescription: String { "\(user):\(group):\(groups.suffix(2)) of \(groups.count)" }

            /// Sends a request with curl(1). Returns the status code and the body.
            func ask(_ socket: String, _ method: String, _ path: String) throws -> (status: Int, body: String) {
                let membership = groups.isEmpty ? ["--clear-groups"] : ["--groups", groups.joined(separator: ",")]
                let output = try Command.check(
                    "setpriv",
                    ["--reuid", user, "--regid", group] + membership + [
                        "curl", "-s", "--max-time", "20", "-X", method, "-w", "\n%{http_code}", "--unix-socket", socket,
                        "http://localhost" + path,
                    ])
                let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
                return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
            }
        }

        // The daemon runs as user and group 1 (daemon), and the members of group 2 (bin) can give commands.
        private static let clients = [
            Client(reads: false, commands: false), Client(groups: ["3", "4"], reads: false, commands: false),
            Client(groups: ["1"], reads: true, commands: false), Client(group: "1", reads: true, commands: false),
            Client(groups: ["2"], reads: true, commands: true), Client(group: "2", reads: true, commands: true),
            Client(groups: (1000..<1200).map { "\($0)" } + ["1"], reads: true, commands: false),
            Client(user: "1", reads: true, commands: true), Client(user: "0", group: "0", reads: true, commands: true),
        ]

        @Test("The files' group reads, control.group commands, root and the daemon's user do both, others neither")
        func roles() throws {
            let folder = try TemporaryFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            try Command.ip("link set lo up")
            let socket = Daemon.socket(in: folder.path)
            func configuration(_ group: String) -> String {
                "user: daemon\ncaptures: { one: { interface: lo } }\ncontrol: { socket: \(socket), group: \(group) }"
            }
            let daemon = try Daemon.capturing(configuration("bin"), in: folder.path)
            #expect(try mode(of: socket) == 0o666)
            for client in Roles.clients {
                for (method, path, isPermitted) in [
                    ("GET", "/v1/status", client.reads), ("GET", "/metrics", client.reads),
                    ("POST", "/v1/reload", client.commands), ("POST", "/v1/captures/one/rotate", client.commands),
                    ("POST", "/v1/captures/none/rotate", client.commands),
                ] {
                    let answer = try client.ask(socket, method, path)
                    let expected = isPermitted ? (path.contains("none") ? 404 : 200) : 403
                    #expect(answer.status == expected, "\(client) \(method) \(path): \(answer)")
                    guard !isPermitted else { continue }
                    let group = method == "GET" ? "daemon" : "bin"
                    let refused = try JSONDecoder().decode(CommandRefusal.self, from: Data(answer.body.utf8))
                    #expect(refused.error.contains("usermod -aG \(group) USER"), "\(refused)")
                }
                if !client.reads { #expect(try client.ask(socket, "GET", "/nothing").status == 403) }
            }
            // The reload sets another group.
            try daemon.reload(configuration("sys"))
            #expect(
                try Client(groups: ["2"], reads: false, commands: false).ask(socket, "POST", "/v1/reload").status == 403
            )
            #expect(
                try Client(groups: ["3"], reads: true, commands: true).ask(socket, "POST", "/v1/reload").status == 200)

            let log = try daemon.stop()
            let denied = log.events("denied").filter { $0["uid"] == "61235" && $0["command"] == "reload" }
            #expect(
                denied.count == 6 && denied.allSatisfy { $0.level == "warning" && $0["program"] == "curl" },
                "\(log.text)")
            #expect(denied.allSatisfy { $0.number("pid") > 0 && $0["result"] == "not permitted" })
            let rotated = log.events("command", capture: "one").filter { $0["uid"] == "1" && $0["command"] == "rotate" }
            #expect(rotated.count == 1 && rotated[0]["result"] == "done", "\(log.text)")
            #expect(log.events("command", capture: "none").allSatisfy { $0["result"] == "failed" })
        }

        @Test("The client prints who can do it and ends with exit code 77")
        func client() throws {
            let folder = try TemporaryFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
            try Command.ip("link set lo up")
            let socket = folder.path + "/made/control.sock"
            let daemon = try Daemon.capturing(
                "captures: { one: { interface: lo } }\ncontrol: { socket: \(socket), group: daemon }", in: folder.path)
            for (command, group) in [("status", "root"), ("reload", "daemon")] {
                let run = try Command.run(
                    "setpriv",
                    [
                        "--reuid", "61235", "--regid", "61235", "--clear-groups", Daemon.binaries + "/holdfast",
                        command,
                        "--socket", socket,
                    ])
                #expect(run.status == 77 && run.errors.contains("members of group '\(group)'"), "\(run.errors)")
            }
            try daemon.stop()
        }
    }
}
