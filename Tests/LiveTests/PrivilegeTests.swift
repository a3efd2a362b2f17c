import Foundation
import Linux
import TestSupport
import Testing
import Traffic

extension Live {
    /// The rights of the daemon after its privilege drop.
    @Suite struct Privileges {
        @Test("A daemon started as root becomes another user in every thread, with CAP_NET_RAW alone and permanently")
        func user() throws {
            let folder = try TemporaryFolder()
            let daemon = try Daemon.capturing(
                "user: daemon\ncaptures: { late: { interface: hfr1, promiscuous: true } }", in: folder.path)
            // The interface appears later, so this shows that the daemon can still open packet sockets.
            let link = try VethPair("hfr0", "hfr1")
            try waitForTap(on: link.far)
            try Generator(FrameSequence(), on: link.near, rate: nil).send(0..<100)
            let threads = try ThreadStatus.all(of: daemon.id)
            #expect(threads.count > 3)
            for thread in threads {
                let rights = ThreadStatus.packetSockets
                #expect(thread.users == [1, 1, 1, 1] && thread["Groups"] == "1", "\(thread)")
                #expect(thread.capabilities == [rights, rights, 0, 0, rights], "\(thread)")
                #expect(thread.hasNoNewPrivileges, "\(thread)")
            }
            try daemon.stop()
            let late = folder.path + "/late"
            for path in try [late] + Segments(in: late).paths {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.ownerAccountID] as? Int == 1 && attributes[.groupOwnerAccountID] as? Int == 1)
            }
            #expect(try FrameCheck(FrameSequence(), in: Segments(in: late).paths).count == 100)
        }

        @Test("Another user's directory is refused with its path, the user, what to do, and exit code 78")
        func foreignDirectory() throws {
            let folder = try TemporaryFolder()
            try FileManager.default.createDirectory(atPath: folder.path + "/one", withIntermediateDirectories: true)
            let daemon = try Daemon("user: daemon\ncaptures: { one: { interface: lo } }", in: folder.path)
            #expect(try daemon.exitCode() == 78)
            let said = daemon.log.lines(containing: folder.path + "/one: Permission denied").joined()
            #expect(said.contains("runs as user daemon, which must own the directory"), "\(daemon.log.text)")
        }

        @Test(
            "Without a user of its own the daemon stays root with CAP_NET_RAW alone, and reports it",
            .enabled(if: User(named: "holdfast") == nil, "this machine has a user holdfast"))
        func withoutUser() throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/holdfast.yaml"
            try "directory: \(folder.path)\ncaptures: { one: { interface: lo } }\n".write(
                toFile: path, atomically: true, encoding: .utf8)
            let daemon = try ChildProcess(
                Daemon.binary, ["--config", path], output: "/dev/null", errors: folder.path + "/log",
                environment: ["HOLDFAST_LOG": "json"])
            let log = { DaemonLog((try? String(contentsOfFile: folder.path + "/log", encoding: .utf8)) ?? "") }
            try eventually("it to capture") { !log().events("started").isEmpty }
            #expect(log().lines(containing: "stays root: there is no user 'holdfast'").count == 1)
            let rights = try ThreadStatus.all(of: daemon.id).map { $0.capabilities[1] }
            #expect(Set(rights) == [ThreadStatus.packetSockets])
        }

        @Test("A daemon that stays root cannot read the secrets in /etc, wherever the configuration is")
        func secrets() throws {
            let folder = try TemporaryFolder()
            try Command.ip("link set lo up")
            let captures = "captures: { one: { interface: lo } }"
            let daemon = try Daemon.capturing(captures, in: folder.path)
            try daemon.reload("filters: { odd: { program: /etc/shadow } }\n\(captures)", expecting: "rejected")
            #expect(daemon.log.lines(containing: "Permission denied").count == 1, "\(daemon.log.text)")
            // Files for name resolution can be read.
            try daemon.reload("filters: { web: tcp port http }\n\(captures)")
            daemon.send(SIGTERM)
            #expect(try daemon.exitCode() == 0)
        }

        @Test("A directory that was not configured at the start is outside the sandbox even if it is world-writable")
        func sandbox() throws {
            let folder = try TemporaryFolder()
            let elsewhere = try TemporaryFolder()
            for path in [folder.path, elsewhere.path] {
                try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
            }
            func captures(_ directory: String) -> String {
                "captures: { one: { interface: lo }, two: { interface: lo, directory: \(directory) } }"
            }
            let open = "user: daemon\nsandbox: false\n"
            for settings in ["user: daemon\n", open] {
                let daemon = try Daemon.capturing(settings + captures(folder.path + "/two"), in: folder.path)
                // The daemon opens a file there, so the kernel decides.
                let isOpen = settings == open
                let expected = isOpen ? "reloaded" : "rejected"
                try daemon.reload(settings + captures(elsewhere.path + "/two"), expecting: expected)
                let refusals = daemon.log.lines(containing: "\(elsewhere.path)/two: Permission denied (the sandbox")
                #expect(refusals.count == (isOpen ? 0 : 1), "\(daemon.log.text)")
                // A directory below the daemon's own can be added later.
                try daemon.reload(settings + captures(folder.path + "/three"))
                daemon.send(SIGTERM)
                #expect(try daemon.exitCode() == 0)
            }
        }
    }
}
