import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A daemon that a user other than root starts.
    @Suite(.enabled(if: Requirement.setpriv)) struct UserDaemon {
        private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

        @Test("The control socket is in XDG_RUNTIME_DIR, and the user's commands use it before the system's")
        func socket() throws {
            let folder = try TemporaryFolder()
            let runtime = folder.path + "/runtime"
            try Command.check("mkdir", ["-m", "0777", runtime, folder.path + "/captures"])
            try Command.check("chmod", ["0777", folder.path])
            let environment = ["env", "XDG_RUNTIME_DIR=\(runtime)"]
            let daemon = try Daemon(
                """
                captures: { one: { interface: hfnone, directory: \(folder.path)/captures } }
                # no control: no user:
                """, in: folder.path,
                wrapper: UserDaemon.nobody + ["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"] + environment)
            try daemon.wait(event: "started")
            let ask = [Daemon.binaries + "/holdfast", "files", "--paths"]
            func run(_ wrapper: [String]) throws -> Command.Result {
                try Command.run(wrapper[0], Array(wrapper.dropFirst()) + ask)
            }
            #expect(FileManager.default.fileExists(atPath: runtime + "/holdfast/control.sock"))
            #expect(try run(UserDaemon.nobody + environment).status == 0)
            // Explicit names take precedence, and root does not use the user's socket.
            let named = try run(UserDaemon.nobody + environment + ["HOLDFAST_SOCKET=/nowhere/a"])
            #expect(named.status != 0, "\(named)")
            let root = try Command.run("env", [environment[1], ask[0], "status"])
            #expect(root.errors.contains("no daemon listens at /run/holdfast/control.sock"), "\(root)")
            try daemon.stopIdle()
            #expect(!FileManager.default.fileExists(atPath: runtime + "/holdfast/control.sock"))
        }

        @Test(
            "On a terminal, one line updated in place shows captures, losses and directory, below complete log lines"
        )
        func terminal() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfv0", "hfv1")
            let file = folder.path + "/holdfast.yaml"
            try Daemon.text("captures: { one: { interface: hfv1, rotate: { packets: 40 } } }", in: folder.path).write(
                toFile: file, atomically: true, encoding: .utf8)
            var terminal = try Pseudoterminal(rows: 24, columns: 200)
            let daemon = try ChildProcess(
                Daemon.binary, ["--config", file], input: terminal.path, output: "/dev/null", errors: terminal.path)
            func sees(_ text: String) throws {
                do { try eventually(text) { terminal.text().contains(text) } } catch {
                    Issue.record("\(error); the terminal:\n\(terminal.text().debugDescription)")
                    throw error
                }
            }
            try sees("0 written, none lost; one on hfv1 into \(folder.path)/one")
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            try sees(", 100 written, none lost; one on hfv1 into ")
            kill(daemon.id, SIGTERM)
            try eventually("its end") { !daemon.isRunning }
            #expect(daemon.wait() == 0)
            let lines = terminal.text().split(separator: "\r\n", omittingEmptySubsequences: false).map { line in
                line.split(separator: "\u{1b}[K", omittingEmptySubsequences: false).last ?? ""
            }
            #expect(lines.allSatisfy { !$0.contains("written, none lost") } && lines.last == "", "\(lines)")
            #expect(lines.count { $0.hasPrefix("sealed ") } == 3, "\(lines)")
        }

        @Test("HOLDFAST_CONFIG and HOLDFAST_SOCKET replace missing options")
        func environment() throws {
            let folder = try TemporaryFolder()
            let (file, socket) = (folder.path + "/holdfast.yaml", folder.path + "/named.sock")
            try Daemon.text("captures: { one: { interface: hfnone } }", in: folder.path).write(
                toFile: file, atomically: true, encoding: .utf8)
            let log = folder.path + "/log"
            let daemon = try ChildProcess(
                try #require(Command.path(of: "env")),
                ["HOLDFAST_CONFIG=\(file)", "HOLDFAST_SOCKET=\(socket)", Daemon.binary], output: "/dev/null",
                errors: log)
            try eventually("its socket") { FileManager.default.fileExists(atPath: socket) }
            let asked = try Command.run("env", ["HOLDFAST_SOCKET=\(socket)", Daemon.binaries + "/holdfast", "status"])
            #expect(asked.status == 0 && asked.output.contains(file), "\(asked)")
            kill(daemon.id, SIGTERM)
            #expect(daemon.wait() == 0)
        }

        @Test(
            "Commands that ask a daemon report output that cannot be written", arguments: [">&-", ">/dev/full"])
        func closedOutput(redirection: String) throws {
            let folder = try TemporaryFolder()
            let daemon = try Daemon.capturing("captures: { one: { interface: hfnone } }", in: folder.path)
            for command in ["status", "status --json", "top -n1 -d0.1", "files", "reload"] {
                let result = try Command.run(
                    "sh",
                    [
                        "-c",
                        "\(Daemon.binaries)/holdfast \(command) --socket \(Daemon.socket(in: folder.path)) "
                            + redirection,
                    ])
                #expect(result.status == 1, "\(command): \(result)")
                #expect(result.errors.contains("cannot write to standard output: "), "\(command): \(result.errors)")
            }
            try daemon.stopIdle()
        }
    }
}
