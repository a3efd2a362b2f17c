import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The service from its package, under systemd.
    @Suite(.enabled(if: Requirement.bootedSystemd)) struct Service {
        private static let frames = FrameSequence([.udp, .tcp])
        private static let all = "captures: { all: { interface: hfb1 } }"

        @Test("The service counts as started once it captures, and a stop under load loses nothing")
        func capture() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService(Service.all)
            try service.start()
            let traffic = try Generator(Service.frames, on: link.near, rate: 50_000).start(0..<1_000_000)
            #expect(try staysTrue(for: 0.5) { try service.property("ActiveState") == "active" })
            try service.stop()
            _ = try traffic.stop()
            #expect(try service.property("Result") == "success")
            let log = try service.journal
            #expect(log.isBalanced && log.losses == 0, "\(log.text)")
            let segments = try service.segments(of: "all")
            let found = try FrameCheck(Service.frames, in: segments.paths)
            #expect(found.isPrefix && found.count == log.capture("all")?.written ?? 0 && found.count > 10_000)
            #expect(segments.parts.isEmpty)
            #expect(try mode(of: InstalledService.state) == 0o750 && mode(of: segments.paths[0]) == 0o640)
        }

        @Test("The unit is valid and has a low exposure level")
        func unit() throws {
            try InstalledService.install()
            let path = "/lib/systemd/system/holdfastd.service"
            let verified = try Command.run("systemd-analyze", ["verify", path])
            #expect(verified.status == 0 && verified.output + verified.errors == "")
            // The threshold is in tenths: at most 1.5.
            let exposure = try Command.run(
                "systemd-analyze", ["security", "--offline=true", "--no-pager", "--threshold=15", path])
            #expect(exposure.status == 0, "\(exposure.output.split(separator: "\n").suffix(1))")
        }

        @Test("Every thread has the service's user, CAP_NET_RAW alone, filtered system calls, and no new privileges")
        func rights() throws {
            let service = try InstalledService("captures: { all: { interface: lo } }")
            try service.start()
            let user = try Int(Command.check("id", ["-u", "holdfast"]).trimmingCharacters(in: .whitespacesAndNewlines))
            let threads = try ThreadStatus.all(of: service.process)
            #expect(threads.count > 3)
            for thread in threads {
                #expect(Set(thread.users) == [user] && thread.hasNoNewPrivileges && thread.isFiltered, "\(thread)")
                #expect(Set(thread.capabilities) == [ThreadStatus.packetSockets], "\(thread)")
            }
            try service.stop()
        }

        @Test("Inside the sandbox, only the service's own files can be written, and no peer can be reached")
        func inside() throws {
            // The script has the rights and the sandbox of the daemon. It runs just before the daemon.
            let script = "/run/probe"
            defer { try? FileManager.default.removeItem(atPath: script) }
            try """
            #!/bin/bash
            try() { if eval "$2" 2> /dev/null; then echo "probe $1: allowed"; else echo "probe $1: refused"; fi; }
            for place in /etc /usr /var /var/lib /home /root /run /boot /dev /proc/sys/kernel /sys /etc/holdfast; do
                try "write $place" ": > $place/probe"
            done
            try "write state" ": > /var/lib/holdfast/probe && rm /var/lib/holdfast/probe"
            try "TCP" "exec 3<> /dev/tcp/127.0.0.1/22 || test \\$(( \\$? )) = 0"
            try "namespace" "unshare --user true"
            try "mount" "mount -t tmpfs none /tmp"
            try "device" "mknod /tmp/probe b 7 0"
            try "kernel log" "dmesg"
            try "another user" "chown root /tmp"
            """.write(toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            let service = try InstalledService(
                "captures: { all: { interface: lo } }", dropIn: "ExecStartPre=\(script)")
            try service.start()
            let probes = try service.journal.lines(containing: "probe ")
            #expect(probes.count == 19, "\(probes)")
            #expect(probes.filter { $0.hasSuffix(": allowed") } == ["probe write state: allowed"])

            // The daemon's own sandbox forbids what its user and the unit would allow: the private /tmp.
            for (directory, reason) in [
                ("/tmp/all", "Permission denied (the sandbox"), ("/var/lib/all", "Read-only file system (the service"),
            ] {
                try service.configure("captures: { all: { interface: lo, directory: \(directory) } }")
                #expect(try service.reload() != 0)
                let refusal = "\(directory): \(reason)"
                try eventually("a refusal") { try !service.journal.lines(containing: refusal).isEmpty }
            }
            #expect(try service.property("ActiveState") == "active")
            try service.stop()
        }

        @Test("Without Landlock the daemon reports it once and captures")
        func withoutLandlock() throws {
            let service = try InstalledService(
                "captures: { all: { interface: lo } }", dropIn: "SystemCallFilter=~landlock_create_ruleset")
            try service.start()
            #expect(try service.journal.lines(containing: "this kernel has no Landlock").count == 1)
            try service.stop()
        }

        @Test("A reload applies a valid file and refuses an invalid one, which systemctl status shows")
        func reload() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService(Service.all)
            try service.start()
            let process = try service.process
            try Generator(Service.frames, on: link.near, rate: nil).send(0..<100)
            try service.configure("captures: { all: { interface: hfb1 }, more: { interface: hfb1, snap-length: 64 } }")
            #expect(try service.reload() == 0)
            #expect(try !service.journal.events("reloaded").isEmpty)
            try Generator(Service.frames, on: link.near, rate: nil).send(100..<200)
            try service.configure("captures: { all: { interfase: hfb1 } }")
            #expect(try service.reload() != 0)
            #expect(try !service.journal.events("rejected").isEmpty)
            try eventually("the status") {
                try service.property("StatusText").hasSuffix("the configuration has errors and was not reloaded")
            }
            // The client prints it, too.
            let said = try service.journal.entries.filter { $0.level == "error" }.map(\.message)
                .filter { $0.contains("unknown key 'interfase' (did you mean 'interface'?)") }
            #expect(said.count == 1 && said[0].hasPrefix(InstalledService.configurationPath + ":2:20: "), "\(said)")
            #expect(try service.process == process && service.property("ActiveState") == "active")
            try service.stop()
            let log = try service.journal
            #expect(log.isBalanced && log.losses == 0)
            #expect(log.capture("all")?.written == 200 && log.capture("more")?.written == 100)
        }

        @Test("The journal has a line for each event, with its priority and fields to select it")
        func journal() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService(
                "captures: { all: { interface: hfb1 }, late: { interface: hfb9 } }")
            try service.start()
            try Generator(Service.frames, on: link.near, rate: nil).send(0..<100)
            try service.stop()
            struct Entry: Decodable {
                let message, priority, transport, identifier: String
                let event, capture, interface, packets: String?

                enum CodingKeys: String, CodingKey {
                    case message = "MESSAGE", priority = "PRIORITY", transport = "_TRANSPORT"
                    case identifier = "SYSLOG_IDENTIFIER", event = "HOLDFAST_EVENT", capture = "HOLDFAST_CAPTURE"
                    case interface = "HOLDFAST_INTERFACE", packets = "HOLDFAST_PACKETS"
                }
            }
            let lines = try service.journal(["-o", "json", "_SYSTEMD_UNIT=holdfastd.service"]).split(separator: "\n")
            let entries = try lines.map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
            let ours = entries.filter { $0.transport == "journal" }
            #expect(ours.allSatisfy { $0.identifier == "holdfastd" && ["4", "5", "6"].contains($0.priority) })
            let events = ours.map { [$0.event, $0.capture, $0.interface].map { $0 ?? "" }.joined(separator: " ") }
            for event in ["waiting late hfb9", "sealed all hfb1", "ended all hfb1", "ended  hfb1"] {
                #expect(events.filter { $0 == event }.count == 1, "\(events)")
            }
            #expect(ours.filter { $0.event == "sealed" }.map(\.packets) == ["100"])
            let late = try service.journal(["-o", "cat", "HOLDFAST_CAPTURE=late"])
            #expect(late.contains("hfb9"), "\(late)")
        }

        @Test("A wrong configuration causes no restart")
        func wrongConfiguration() throws {
            let service = try InstalledService("captures: { all: { interfase: hfb1 } }")
            #expect(try Command.run("systemctl", ["start", "holdfastd"]).status != 0)
            let staysDown = try staysTrue(for: 2) {
                try service.property("ActiveState") == "failed" && service.property("NRestarts") == "0"
            }
            #expect(staysDown)
            #expect(try service.property("ExecMainStatus") == "78")
        }

        @Test("A frozen or killed daemon is restarted, and its open segments are repaired")
        func restart() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService(Service.all, dropIn: "WatchdogSec=3s")
            try service.start()
            var sent: UInt64 = 0
            for (restart, signal) in [(1, SIGSTOP), (2, SIGKILL)] {
                let (process, start) = (try service.process, sent)
                sent += 5000
                try Generator(Service.frames, on: link.near, rate: 20_000).send(start..<sent)
                // The flush interval is one second.
                try eventually("an open segment with packets in it") {
                    let segments = try service.segments(of: "all")
                    return segments.partPaths.contains { (try? Savefile($0).packets.count) == 5000 }
                }
                kill(process, signal)
                try eventually("another process", within: 30) {
                    let state = try service.property("ActiveState")
                    return try state == "active" && ![0, process].contains(service.process)
                }
                #expect(try service.property("NRestarts") == "\(restart)")
            }
            sent += 100
            try Generator(Service.frames, on: link.near, rate: nil).send(sent - 100..<sent)
            try service.stop()
            let log = try service.journal
            #expect(log.lines(containing: "Watchdog timeout").count == 1)
            #expect(log.events("repaired").count { $0.number("packets") > 0 } == 2, "\(log.text)")
            let segments = try service.segments(of: "all")
            let found = try FrameCheck(Service.frames, in: segments.paths)
            #expect(found.isPrefix && found.count == sent && segments.parts.isEmpty, "\(found.count) of \(sent)")
        }

        @Test("Members of the service's group read, and those of control.group command")
        func roles() throws {
            let service = try InstalledService("captures: { all: { interface: lo } }")
            try service.start()
            let socket = "/run/holdfast/control.sock"
            #expect(try mode(of: socket) == 0o666 && mode(of: "/run/holdfast") == 0o755)
            func run(_ command: String, in group: String) throws -> Int32 {
                try Command.run(
                    "setpriv",
                    [
                        "--reuid", "61236", "--regid", "61236", "--groups", group, "holdfast", command, "--socket",
                        socket,
                    ]
                ).status
            }
            #expect(try run("status", in: "sys") == 77 && run("status", in: "holdfast") == 0)
            #expect(try run("reload", in: "holdfast") == 77 && run("reload", in: "holdfast-admin") == 0)
            try service.configure("captures: { all: { interface: lo } }\ncontrol: { group: sys }")
            #expect(try service.reload() == 0)
            #expect(try run("reload", in: "holdfast-admin") == 77 && run("reload", in: "sys") == 0)
            let log = try service.journal
            let denied = log.events("denied").filter { $0["uid"] == "61236" && $0["program"] == "holdfast" }
            #expect(denied.count == 3, "\(log.text)")
            #expect(log.events("command").contains { $0["uid"] == "61236" && $0["result"] == "done" })
            // libdispatch writes this message if it cannot set thread priorities.
            #expect(log.lines(containing: "thread priority").isEmpty, "\(log.text)")
            try service.stop()
        }

        @Test("Metrics over TCP end with exit code 78 without the unit's permission, and name the drop-in")
        func metricsWithoutDropIn() throws {
            let service = try InstalledService(
                "captures: { all: { interface: lo } }\nmetrics: { listen: 127.0.0.1:9718 }")
            #expect(try Command.run("systemctl", ["start", "holdfastd"]).status != 0)
            #expect(try service.property("ExecMainStatus") == "78")
            #expect(try !service.journal.lines(containing: "RestrictAddressFamilies=AF_INET AF_INET6").isEmpty)
        }

        @Test("An upgrade from a release without holdfast-admin names the users who can no longer command")
        func upgrade() throws {
            let service = try InstalledService(Service.all)
            try Command.check("groupdel", ["holdfast-admin"])
            try Command.check("useradd", ["--groups", "holdfast", "alice"])
            defer { _ = try? Command.run("userdel", ["alice"]) }
            let package = try #require(ProcessInfo.processInfo.environment["HOLDFAST_PACKAGE"])
            let output = try Command.check("dpkg", ["--install", package])
            #expect(output.contains("usermod -aG holdfast-admin alice"), "\(output)")
            // The next upgrade prints no such message.
            #expect(try !Command.check("dpkg", ["--install", package]).contains("alice"))
            try service.stop()
        }

        @Test("After a purge and a new installation, the service continues with the existing captures")
        func reinstallation() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService(Service.all)
            try service.start()
            try Generator(Service.frames, on: link.near, rate: nil).send(0..<100)
            try service.removeDropIn()
            try Command.check("dpkg", ["--purge", "holdfast"])
            for isFromEarlierRelease in [false, true] {
                if isFromEarlierRelease {
                    // A purge of an earlier release removed the account and gave the captures to root.
                    try Command.check("dpkg", ["--purge", "holdfast"])
                    try Command.check("chown", ["-R", "root:root", InstalledService.state])
                    try Command.check("userdel", ["holdfast"])
                }
                let again = try InstalledService(Service.all, isKeeping: true)
                try again.start()
                try Generator(Service.frames, on: link.near, rate: nil).send(100..<200)
                try again.stop()
                #expect(try again.journal.isBalanced)
                try again.removeDropIn()
            }
            let captures = try service.segments(of: "all")
            #expect(try FrameCheck(Service.frames, in: captures.paths).count == 300)
        }

        @Test("A purge leaves only the captures and the account that owns them")
        func purge() throws {
            let link = try VethPair("hfb0", "hfb1")
            let service = try InstalledService(Service.all)
            let before = try files()
            for file in [InstalledService.configurationPath, "/usr/share/holdfast/alerts.yaml"] {
                #expect(before.contains(file))
            }
            try service.start()
            try Generator(Service.frames, on: link.near, rate: nil).send(0..<100)
            try service.removeDropIn()
            try Command.check("dpkg", ["--purge", "holdfast"])
            let captures = try service.segments(of: "all")
            #expect(try FrameCheck(Service.frames, in: captures.paths).count == 100)
            // The ledgers stay with the captures, including those of the package's default configuration.
            let left = try files().filter { !$0.hasSuffix(".ledger") && !$0.hasSuffix("/essentials") }
            let folder = InstalledService.state
            #expect(left == Set([folder, folder + "/captures", folder + "/captures/all"] + captures.paths), "\(left)")
            let owner =
                try FileManager.default.attributesOfItem(atPath: captures.paths[0])[.ownerAccountName] as? String
            #expect(owner == "holdfast")
            #expect(try Command.run("getent", ["passwd", "holdfast"]).status == 0)
        }

        /// All files on the system that belong to Holdfast, by name.
        private func files() throws -> Set<String> {
            let places = ["/etc", "/usr", "/var", "/run", "/lib"]
            let found = try Command.check(
                "find", places + ["-xdev", "(", "-path", "*holdfast*", "-o", "-lname", "*holdfast*", ")", "-print"])
            // The journal stays, and man(1) caches the pages that it has shown.
            let others = ["/var/log/", "/var/cache/man/"]
            return Set(found.split(separator: "\n").map(String.init)).filter { path in
                !others.contains { path.hasPrefix($0) }
            }
        }
    }
}
