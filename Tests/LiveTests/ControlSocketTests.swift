import Control
import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The file of the control socket: its owner, what it replaces, and failures to create it.
    @Suite struct ControlSocket {
        private static let captures = "captures: { one: { interface: lo } }"

        @Test("Every user can connect to the socket, a stale socket is replaced, and the socket is removed at the end")
        func file() async throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let socket = folder.path + "/made/control.sock"
            let configuration = "\(ControlSocket.captures)\ncontrol: { socket: \(socket), group: nogroup }"
            let killed = try Daemon.capturing(configuration, in: folder.path)
            #expect(try mode(of: socket) == 0o666)
            #expect(try mode(of: folder.path + "/made") == 0o755)
            killed.send(SIGKILL)
            _ = try killed.exitCode()
            #expect(FileManager.default.fileExists(atPath: socket))

            let daemon = try Daemon.capturing(configuration, in: folder.path)
            #expect(
                try Command.run(Daemon.binaries + "/holdfast", ["status", "--json", "--socket", socket]).status == 0)
            try daemon.stop()
            #expect(!FileManager.default.fileExists(atPath: socket))
        }

        @Test("A configured socket that cannot be created is a configuration error with its place and exit code 78")
        func mistakes() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            try "kept".write(toFile: folder.path + "/file", atomically: true, encoding: .utf8)
            let first = try Daemon.capturing(ControlSocket.captures, in: folder.path)
            let places = [
                (Daemon.socket(in: folder.path), "Address already in use (another process listens on it)"),
                (folder.path + "/file", "File exists (it is not a socket: remove it, or configure another path)"),
                (folder.path + "/file/control.sock", "Not a directory"),
            ]
            for (path, reason) in places {
                let other = try TemporaryFolder()
                let daemon = try Daemon(
                    "\(ControlSocket.captures)\ncontrol: { socket: \(path), group: root }", in: other.path)
                #expect(try daemon.exitCode() == 78)
                let said = daemon.log.lines(containing: ".yaml:3:")
                #expect(said.count == 1 && said[0].contains(path) && said[0].contains(reason), "\(daemon.log.text)")
            }
            #expect(try String(contentsOfFile: folder.path + "/file", encoding: .utf8) == "kept")
            #expect(try first.holdfast("status", "--json").status == 0)
            try first.stop()
        }

        @Test("A removed socket is created again; without the sandbox, its directory is too", arguments: [true, false])
        func removed(isInSandbox: Bool) async throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let socket = folder.path + "/made/control.sock"
            let daemon = try Daemon.capturing(
                "\(ControlSocket.captures)\nsandbox: \(isInSandbox)\ncontrol: { socket: \(socket), group: root }",
                in: folder.path)
            for round in 1...4 {
                let path = isInSandbox || round % 2 == 0 ? socket : folder.path + "/made"
                try FileManager.default.moveItem(atPath: path, toPath: "\(folder.path)/gone\(round)")
                try daemon.wait(event: "listening", times: round)
                #expect(try await ControlClient(socket: socket).status().state == .capturing)
            }
            try daemon.stop()
            #expect(!FileManager.default.fileExists(atPath: socket))
        }

        @Test("A reload moves the socket; if that fails, the running configuration is unchanged")
        func moving() async throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let (old, new) = (folder.path + "/old.sock", folder.path + "/new.sock")
            func configuration(_ path: String) -> String {
                "\(ControlSocket.captures)\ncontrol: { socket: \(path), group: root }"
            }
            let daemon = try Daemon.capturing(configuration(old), in: folder.path)
            try daemon.reload(configuration("/proc/none.sock"), expecting: "rejected")
            #expect(try Command.run(Daemon.binaries + "/holdfast", ["status", "--json", "--socket", old]).status == 0)
            try daemon.configure(configuration(new))
            // The answer still arrives over the old socket.
            _ = try await ControlClient(socket: old).reload()
            #expect(try Command.run(Daemon.binaries + "/holdfast", ["status", "--json", "--socket", new]).status == 0)
            let gone = try Command.run(Daemon.binaries + "/holdfast", ["status", "--socket", old])
            #expect(gone.status == 1 && gone.errors.contains("no daemon listens at \(old)"), "\(gone.errors)")
            try daemon.stop()
        }

        @Test(
            "Without the key, a daemon that cannot create its socket captures", .enabled(if: Requirement.setpriv))
        func withoutKey() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let daemon = try Daemon(
                "\(ControlSocket.captures)  # no control: here", in: folder.path,
                wrapper: [
                    "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps", "+net_raw",
                    "--ambient-caps", "+net_raw",
                ])
            try daemon.wait(event: "listening")
            try daemon.wait(event: "started")
            try daemon.stop()
        }

        @Test("A command without a running daemon prints what to do")
        func withoutDaemon() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            for command in ["status", "top", "reload", "rotate"] {
                let run = try Command.run(
                    Daemon.binaries + "/holdfast", [command, "--socket", folder.path + "/none.sock"])
                #expect(run.status == 1 && run.errors.contains("systemctl start holdfastd"), "\(run.errors)")
            }
        }
    }
}
