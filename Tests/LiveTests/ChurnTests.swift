import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Interfaces that appear and disappear continuously, under traffic.
    @Suite struct Churn {
        private static let frames = FrameSequence()

        @Test("An interface recreated 50 times is captured each time, within a second and in promiscuous mode")
        func recreated() throws {
            let folder = try TemporaryFolder()
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfc1, promiscuous: true } }", in: folder.path)
            var (delays, starts): ([Double], [Double]) = ([], [])
            for _ in 1...50 {
                let link = try VethPair("hfc0", "hfc1")
                starts.append(Date().timeIntervalSince1970)
                let traffic = try Generator(Churn.frames, on: link.near, rate: 2000, batch: 1).start(0..<20_000)
                try eventually("promiscuous mode, which only the tap sets") {
                    try Command.ip("-d link show \(link.far)").contains(" promiscuity 1 ")
                }
                #expect(staysTrue(for: 0.05) { daemon.isRunning })
                _ = try traffic.stop()
            }
            try daemon.waitForTapEnd(on: "hfc1", times: 50)
            #expect(daemon.isRunning)
            try expectIdle(daemon)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let segments = try Segments(in: folder.path + "/all")
            #expect(segments.names.count == 50 && segments.parts.isEmpty)
            for (start, path) in zip(starts, segments.paths) {
                let first = try #require(try Savefile(path).packets.first)
                delays.append(Double(first.seconds) + Double(first.nanoseconds) / 1e9 - start)
                let found = try FrameCheck(Churn.frames, in: [path])
                #expect(found.mistakes.isEmpty && found.gaps == 0 && found.count > 0)
            }
            delays.sort()
            let figures = [delays[25], delays[49]].map { String(format: "%.0f", $0 * 1000) }
            print("CHURN: captures again after \(figures[0]) ms in the median, \(figures[1]) ms at most")
            #expect(delays[49] < 5)
        }

        @Test("Interface names that change quickly under traffic leave one tap, on the last interface")
        func renamed() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfc0", "hfc1")
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hfc[12]' } }", in: folder.path)
            let traffic = try Generator(Churn.frames, on: link.near, rate: 20_000).start(0..<2_000_000)
            for _ in 1...20 {
                // The tap of the first interface still writes when the name is used again.
                try Command.ip("link set hfc1 name hfc2")
                try Command.ip("link set hfc2 name hfc1")
            }
            try waitForTap(on: "hfc1")
            _ = try traffic.stop()
            let last = try Generator(Churn.frames, on: link.near, rate: nil).send(3_000_000..<3_000_100)
            #expect(last.sent == 100)
            try Command.ip("link set hfc1 down")
            try expectIdle(daemon)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let packets = try Segments(in: folder.path + "/all", of: "hfc1").packets()
            let ends = packets.suffix(100).map { unsafe FrameSequence.index(of: $0.bytes.span.bytes) }
            #expect(ends == (3_000_000..<3_000_100).map { UInt64($0) })
        }

        @Test("An interface renamed hundreds of times per second does not open hundreds of taps")
        func flood() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfc0", "hfc1")
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hfc[12]' } }", in: folder.path)
            let changes = String(repeating: "link set hfc1 name hfc2\nlink set hfc2 name hfc1\n", count: 200)
            let batch = folder.path + "/batch"
            try changes.write(toFile: batch, atomically: true, encoding: .utf8)
            try Command.check("ip", ["-batch", batch])
            try waitForTap(on: link.far)
            try Generator(Churn.frames, on: link.near, rate: nil).send(0..<100)
            let log = try daemon.stop()
            print("FLOOD: 400 names, \(log.taps.count) taps")
            #expect(log.taps.count < 100)
            let last = try #require(try Segments(in: folder.path + "/all", of: link.far).paths.last)
            #expect(try FrameCheck(Churn.frames, in: [last]).count == 100)
        }

        @Test("An interface renamed while it is down is captured under its new name once it is up")
        func renamedWhileDown() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfc0", "hfc1")
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hfc[12]' } }", in: folder.path)
            try Generator(Churn.frames, on: link.near, rate: nil).send(0..<100)
            try Command.ip("link set hfc1 down")
            try Command.ip("link set hfc1 name hfc2")
            try daemon.waitForTapEnd(on: "hfc1", packets: 100)
            try Command.ip("link set hfc2 up")
            try waitForTap(on: "hfc2")
            try Generator(Churn.frames, on: link.near, rate: nil).send(100..<200)
            try daemon.stop()
            let after = try FrameCheck(Churn.frames, in: Segments(in: folder.path + "/all", of: "hfc2").paths)
            #expect(after.first == 100 && after.count == 100 && after.mistakes.isEmpty)
        }

        @Test("An interface moved to another network namespace and back ends its segments and begins new ones")
        func moved() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfc0", "hfc1")
            let unshare = try #require(Command.path(of: "unshare"))
            let elsewhere = try ChildProcess(
                unshare, ["--net", "sleep", "60"], output: "/dev/null", errors: "/dev/null")
            func inode(_ process: Int32) throws -> String {
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/net")
            }
            try eventually("another namespace") { try inode(elsewhere.id) != inode(getpid()) }
            // After each move, the interface has IPv6 again and sends packets of its own.
            let daemon = try Daemon.capturing(
                "filters: { ours: udp port 4000 }\ncaptures: { all: { interface: hfc1, filter: ours } }",
                in: folder.path)
            for life in 1...3 {
                try waitForTap(on: link.far)
                try Generator(Churn.frames, on: link.near, rate: nil).send(0..<100)
                try Command.ip("link set hfc1 netns \(elsewhere.id)")
                // The interface can have the same index after its return, but the tap must be a new one.
                let back = "-t \(elsewhere.id) -n ip link set hfc1 netns \(getpid())"
                try Command.check("nsenter", back.split(separator: " ").map(String.init))
                try Command.ip("link set hfc1 up")
                try daemon.waitForTapEnd(on: "hfc1", packets: 100, times: life)
            }
            try daemon.stop()
            let segments = try Segments(in: folder.path + "/all")
            #expect(segments.names.count == 3)
            for path in segments.paths { #expect(try FrameCheck(Churn.frames, in: [path]).count == 100) }
        }

        @Test("Another kind of frames begins a new segment", .enabled(if: Requirement.tun))
        func linkType() throws {
            let folder = try TemporaryFolder()
            let tun = try TunDevice("hftun0")
            let daemon = try Daemon.capturing("captures: { all: { interface: hftun0 } }", in: folder.path)
            let packet = Array(Churn.frames.frame(0).dropFirst(14))
            try tun.receive(packet)
            try Command.ip("link set hftun0 down")
            try tun.setHardwareType(803)
            try Command.ip("link set hftun0 up")
            try daemon.wait(event: "gone", interface: "hftun0")
            try waitForTap(on: "hftun0")
            try tun.receive([0, 0, 8, 0, 0, 0, 0, 0, 0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1], type: 0x0004)
            try daemon.stop()
            let files = try Segments(in: folder.path + "/all").paths.map { try Savefile($0) }
            #expect(files.map(\.linkType) == [12, 127] && files.map(\.packets.count) == [1, 1])
        }

        @Test("The daemon misses no interface when the kernel drops change notifications")
        func overrun() throws {
            let folder = try TemporaryFolder()
            let stays = try VethPair("hfc0", "hfc1")
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hfc*' } }", in: folder.path)
            do {
                let goes = try VethPair("hfc2", "hfc3")
                for name in [stays.near, stays.far, goes.near, goes.far] { try waitForTap(on: name) }
                daemon.send(SIGSTOP)
            }
            let batch = folder.path + "/batch"
            // Creating and deleting a veth pair takes several messages of at least 1 KiB; a socket holds a few
            // hundred.
            let changes = String(
                repeating: "link add hfx0 type veth peer name hfx1\nlink delete hfx0\n", count: 100)
            try changes.write(toFile: batch, atomically: true, encoding: .utf8)
            try Command.check("ip", ["-batch", batch])
            let comes = try VethPair("hfc4", "hfc5")
            daemon.send(SIGCONT)
            for name in ["hfc4", "hfc5"] { try waitForTap(on: name) }
            for name in ["hfc2", "hfc3"] { try daemon.waitForTapEnd(on: name) }
            #expect(daemon.log.events("gone", interface: "hfc0").isEmpty)
            for link in [stays.near, comes.near] {
                try Generator(Churn.frames, on: link, rate: nil).send(0..<100)
            }
            try expectIdle(daemon)
            try daemon.stop()
            for name in [stays.far, comes.far] {
                let found = try FrameCheck(Churn.frames, in: Segments(in: folder.path + "/all", of: name).paths)
                #expect(found.isPrefix && found.count == 100, "\(name): \(found.count)")
            }
        }

        /// Expects that the daemon uses less than 1 % of a processor.
        private func expectIdle(_ daemon: Daemon, sourceLocation: SourceLocation = #_sourceLocation) throws {
            #expect(staysTrue(for: 1.2) { daemon.isRunning })
            let before = try Activity(of: daemon.id).ticks
            #expect(staysTrue(for: 2) { daemon.isRunning })
            let used = try Activity(of: daemon.id).ticks - before
            #expect(used < 2, "hundredths of a second in two", sourceLocation: sourceLocation)
        }
    }
}
