import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The exit code and the lines before it.
    @Suite struct ExitCodes {
        private static let wrong = """
            filters: { bad: "port port", dns: port 53 }
            captures:
              one: { interface: lo, filter: bad }
              two: { interfase: lo, filter: dsn }
            """

        @Test("A wrong configuration ends with every mistake, its place, and exit code 78")
        func wrong() throws {
            let folder = try TemporaryFolder()
            let path = try write(ExitCodes.wrong, in: folder.path)
            let runs = [
                try Command.run(Daemon.binary, ["--check", "--config", path]),
                try Command.run(Daemon.binary, ["--config", path]),
                try Command.run(Daemon.binaries + "/holdfast", ["check", path]),
            ]
            for run in runs {
                let said = run.errors + run.output
                #expect(run.status == 78, "\(said)")
                #expect(said.contains("\(path):2:17: "), "\(said)")
                #expect(said.contains("\(path):5:10: unknown key 'interfase' (did you mean 'interface'?)"), "\(said)")
                #expect(said.contains("\(path):5:33: unknown filter 'dsn' (did you mean 'dns'?"), "\(said)")
            }
        }

        @Test("A valid configuration ends with exit code 0")
        func right() throws {
            let folder = try TemporaryFolder()
            let path = try write("captures: { one: { interface: hfnone0 } }", in: folder.path)
            #expect(try Command.run(Daemon.binary, ["--check", "--config", path]).status == 0)
            #expect(try Command.run(Daemon.binaries + "/holdfast", ["check", path]).status == 0)
        }

        @Test("A missing configuration ends with its path and exit code 78")
        func missing() throws {
            let run = try Command.run(Daemon.binary, ["--config", "/nowhere/holdfast.yaml"])
            #expect(run.status == 78)
            #expect(
                run.errors.contains("/nowhere/holdfast.yaml") && run.errors.contains("No such file"), "\(run.errors)")
        }

        @Test("An unwritable directory ends with path, reason and exit code 78", .enabled(if: Requirement.setpriv))
        func unwritable() throws {
            let folder = try TemporaryFolder()
            // The control socket's directory exists; the segments' directory cannot be written.
            try Command.check("chmod", ["0777", folder.path])
            try Command.check("mkdir", ["-m", "0755", folder.path + "/one"])
            let daemon = try Daemon(
                """
                captures: { one: { interface: lo } }
                control: { socket: \(Daemon.socket(in: folder.path)), group: nogroup }
                """, in: folder.path,
                wrapper: nobody(["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]))
            #expect(try daemon.exitCode() == 78)
            let said = daemon.log.lines(containing: folder.path + "/one").joined()
            #expect(said.contains("Permission denied"), "\(daemon.log.text)")
        }

        @Test(
            "A directory on a failing or full disk ends with exit code 1, so that the service restarts",
            .enabled(if: Requirement.strace), arguments: ["EIO", "ENOSPC", "EROFS"])
        func failingDisk(error: String) throws {
            let folder = try TemporaryFolder()
            let home = folder.path + "/one"
            try Command.check("mkdir", [home])
            let daemon = try Daemon(
                "captures: { one: { interface: lo } }", in: folder.path,
                wrapper: [
                    "strace", "-qq", "-f", "-o", "/dev/null", "-P", home, "-e", "trace=openat", "-e",
                    "inject=openat:error=\(error)",
                ])
            #expect(try daemon.exitCode() == 1, "\(daemon.log.text)")
            #expect(daemon.log.lines(containing: "capture one: cannot open the directory \(home)").count == 1)
        }

        @Test("A daemon without CAP_NET_RAW ends with what to do and exit code 77", .enabled(if: Requirement.setpriv))
        func unprivileged() throws {
            let folder = try TemporaryFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let daemon = try Daemon("captures: { one: { interface: lo } }", in: folder.path, wrapper: nobody([]))
            #expect(try daemon.exitCode() == 77)
            #expect(daemon.log.text.contains("CAP_NET_RAW"), "\(daemon.log.text)")
            #expect(daemon.log.text.contains("AmbientCapabilities="), "\(daemon.log.text)")
        }

        @Test("A daemon of another user with CAP_NET_RAW alone captures", .enabled(if: Requirement.setpriv))
        func leastPrivilege() throws {
            let folder = try TemporaryFolder()
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let link = try VethPair("hfx0", "hfx1")
            let daemon = try Daemon(
                """
                captures: { one: { interface: hfx1, promiscuous: true } }
                control: { socket: \(Daemon.socket(in: folder.path)), group: nogroup }
                """, in: folder.path,
                wrapper: nobody(["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]))
            try daemon.wait(event: "started")
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            try daemon.stop()
            #expect(try FrameCheck(FrameSequence(), in: Segments(in: folder.path + "/one").paths).count == 100)
        }

        @Test("Wrong usage ends with exit code 64")
        func usage() throws {
            #expect(try Command.run(Daemon.binary, ["--nonsense"]).status == 64)
            #expect(try Command.run(Daemon.binaries + "/holdfast", ["nonsense"]).status == 64)
        }

        private func write(_ configuration: String, in folder: String) throws -> String {
            let path = folder + "/holdfast.yaml"
            try Daemon.text(configuration, in: folder).write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        /// Runs a program as nobody, with no rights other than `rights`.
        private func nobody(_ rights: [String]) -> [String] {
            ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] + rights
        }
    }
}
