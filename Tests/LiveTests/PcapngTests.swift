import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Segments in pcapng, with all information that other programs can show.
    @Suite struct Pcapng {
        private static let frames = FrameSequence([.udp, .tcp])

        @Test("Packets are in the file as sent, and readers show their interface, filter and direction")
        func packets() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            try Command.ip("link set hfn1 alias uplink-to-nowhere")
            let host = try Command.check("uname", ["-n"]).split(separator: "\n")[0]
            let daemon = try Daemon.capturing(
                """
                filters: { transport: udp or tcp }
                captures: { all: { interface: hfn1, filter: transport, format: pcapng } }
                """, in: folder.path)
            try Generator(Pcapng.frames, on: link.near, rate: 20_000).send(0..<2000)
            try Generator(Pcapng.frames, on: link.far, rate: 20_000, bypassesQueue: false).send(2000..<2100)
            let log = try daemon.stop()

            let segments = try Segments(in: folder.path + "/all")
            #expect(segments.names.count == 1 && segments.names[0].hasSuffix("Z.pcapng"))
            let found = try FrameCheck(Pcapng.frames, in: segments.paths)
            #expect(found.isPrefix && found.count == 2100, "\(found.mistakes)")
            #expect(log.losses == 0)
            try Inspection.tcpdump(segments.paths)
            let about = try Inspection.capinfos(segments.paths[0])
            for line in [
                "Capture application: Holdfast", "Name = hfn1", "Description = \(host): uplink-to-nowhere",
                "Filter string = udp or tcp", "Time precision = nanoseconds (9)", "Capture length = 262144",
                "Number of stat entries = 1", "Number of packets = 2100",
            ] { #expect(about.contains(line), "\(line) in:\n\(about)") }
            let fields = try Inspection.fields(
                ["frame.interface_name", "frame.packet_flags_direction", "frame.drop_count"], of: segments.paths[0])
            let received = ["hfn1", "0x00000001", ""], sent = ["hfn1", "0x00000002", ""]
            #expect(fields == Array(repeating: received, count: 2000) + Array(repeating: sent, count: 100))
        }

        @Test("Files of two hosts can be distinguished after mergecap", .enabled(if: Requirement.mergecap))
        func hosts() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            var paths: [String] = []
            for (index, host) in ["alpha", "beta"].enumerated() {
                let home = folder.path + "/" + host
                try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
                let rename = "printf \(host) > /proc/sys/kernel/hostname && exec \"$0\" \"$@\""
                let daemon = try Daemon(
                    "captures: { all: { interface: hfn1, format: pcapng } }", in: home,
                    wrapper: ["unshare", "--uts", "sh", "-c", rename])
                try daemon.wait(event: "started")
                let start = UInt64(index * 10)
                try Generator(Pcapng.frames, on: link.near, rate: 20_000).send(start..<start + 10)
                try daemon.stop()
                paths += try Segments(in: home + "/all").paths
            }
            #expect(paths.count == 2)
            let merged = folder.path + "/merged.pcapng"
            try Command.check("mergecap", ["-w", merged] + paths)
            let fields = try Inspection.fields(["frame.interface_name", "frame.interface_description"], of: merged)
            let expected = ["alpha", "beta"].flatMap { Array(repeating: ["hfn1", $0], count: 10) }
            #expect(fields == expected)
        }

        @Test("Timestamps have the configured precision", arguments: ["nano", "micro"])
        func precision(precision: String) throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            let before = Date().timeIntervalSince1970
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfn1, format: pcapng, precision: \(precision) } }", in: folder.path)
            try Generator(Pcapng.frames, on: link.near, rate: 20_000).send(0..<100)
            try daemon.stop()
            let after = Date().timeIntervalSince1970

            let segments = try Segments(in: folder.path + "/all")
            let about = try Inspection.capinfos(segments.paths[0])
            #expect(about.contains("Time precision = \(precision)seconds ("), "\(about)")
            let packets = try segments.packets()
            let times = packets.map { Double($0.seconds) + Double($0.nanoseconds) / 1e9 }
            #expect(times.allSatisfy { ($0 - 1e-6...$0 + 1e-6).overlaps(before...after) } && times == times.sorted())
            #expect(packets.allSatisfy { $0.nanoseconds % 1000 == 0 } == (precision == "micro"))
        }

        @Test("Packets that the kernel dropped are recorded as lost where they are missing, and nowhere else")
        func ringLosses() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfn0", "hfn1")
            let daemon = try Daemon.capturing(
                """
                ring: { size: 1MiB, block: 512KiB }
                captures: { all: { interface: hfn1, format: pcapng, rotate: { packets: 900 } } }
                """, in: folder.path)
            // Twice the kernel fills the ring while the daemon is stopped.
            for round in 0..<2 as Range<UInt64> {
                let start = round * 5000
                try Generator(Pcapng.frames, on: link.near, rate: 5000).send(start..<start + 500)
                daemon.send(SIGSTOP)
                try Generator(Pcapng.frames, on: link.near, rate: 50_000).send(start + 500..<start + 4500)
                daemon.send(SIGCONT)
                #expect(staysTrue(for: 0.3) { daemon.isRunning })
                try Generator(Pcapng.frames, on: link.near, rate: 5000).send(start + 4500..<start + 5000)
            }
            let log = try daemon.stop()

            let account = try LossAccount(in: Segments(in: folder.path + "/all").paths)
            print("PCAPNG lost in the ring: \(log.ringDropped)")
            #expect(account.mistakes.isEmpty)
            #expect(log.ringDropped > 0 && account.missing == log.ringDropped)
            #expect(account.dropped == log.ringDropped && account.droppedBySystem == log.ringDropped)
        }

        @Test(
            "Packets dropped without a free buffer are recorded where they are missing, in that capture alone",
            .enabled(if: Requirement.freezing))
        func holdLosses() throws {
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/slow", size: "64M")
            let link = try VethPair("hfn0", "hfn1")
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures:
                  slow: { interface: hfn1, format: pcapng, flush: 100ms, rotate: { packets: 900 } }
                  fast: { interface: hfn1, format: pcapng }
                """, in: folder.path)
            for round in 0..<2 as Range<UInt64> {
                let start = round * 5000
                try Generator(Pcapng.frames, on: link.near, rate: 5000).send(start..<start + 500)
                try disk.freeze()
                try Generator(Pcapng.frames, on: link.near, rate: 20_000).send(start + 500..<start + 4500)
                try disk.thaw()
                #expect(staysTrue(for: 0.3) { daemon.isRunning })
                try Generator(Pcapng.frames, on: link.near, rate: 5000).send(start + 4500..<start + 5000)
            }
            let log = try daemon.stop()

            let counts = try #require(log.capture("slow"))
            print("PCAPNG lost for lack of a buffer: \(counts.holdDropped)")
            let slow = try LossAccount(in: Segments(in: disk.path).paths)
            #expect(slow.mistakes.isEmpty)
            #expect(counts.holdDropped > 0 && slow.missing == counts.holdDropped && slow.dropped == counts.holdDropped)
            #expect(log.ringDropped == 0 && slow.droppedBySystem == 0)
            let fast = try LossAccount(in: Segments(in: folder.path + "/fast").paths)
            #expect(fast.mistakes.isEmpty && fast.missing == 0 && fast.dropped == 0)
        }
    }
}
