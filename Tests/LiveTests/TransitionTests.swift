import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// The transition between two configurations: packets in flight, interfaces that are down, sockets that refuse a
    /// filter.
    @Suite struct Transitions {
        private static let frames = FrameSequence(sizes: 64...300, ports: [1000, 2000, 3000])

        @Test(
            "Packets truncated shorter than the filter reads, or selected by kernel data, survive a reload",
            arguments: [
                "short: udp port 1000 or udp port 2000 or udp port 3000", "head: { program: head.bpf }",
                "payload: { program: payload.bpf }",
            ])
        func cutShort(filter: String) throws {
            let folder = try TemporaryFolder()
            // The destination port of a UDP packet is at byte 36. Only the kernel knows where the payload begins.
            for (name, load) in [("head", "ldh [36]"), ("payload", "ld #poff")] {
                let program = "\(load)\njeq #0, drop, keep\nkeep: ret #20\ndrop: ret #0"
                try program.write(toFile: "\(folder.path)/\(name).bpf", atomically: true, encoding: .utf8)
            }
            let link = try VethPair("hfr0", "hfr1")
            func configuration(flush: Int) -> String {
                """
                filters: { \(filter) }
                captures:
                  one: { interface: hfr1, filter: \(filter.prefix { $0 != ":" }), snap-length: 30, flush: \(flush)ms }
                """
            }
            let daemon = try Daemon.capturing(configuration(flush: 100), in: folder.path)
            let traffic = try Generator(Transitions.frames, on: link.near, rate: 50_000).start(0..<10_000_000)
            for flush in 101...105 { try daemon.reload(configuration(flush: flush)) }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)
            let packets = try Segments(in: folder.path + "/one").packets()
            let length = filter.hasPrefix("short") ? 30 : 20
            let areCut = packets.allSatisfy { $0.bytes.count == length }
            #expect(packets.count == Int(sent) && areCut, "\(packets.count) of \(sent)")
        }

        @Test("A capture gets no packets of other captures that are repeatedly added and removed")
        func neighbours() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfr0", "hfr1")
            // Small blocks arrive quickly, and several captures take some time to begin.
            let alone = """
                ring: { size: 64MiB, block: 512KiB, timeout: 1ms }
                filters: { first: udp port 1000, second: udp port 2000 }
                captures:
                  one: { interface: hfr1, filter: first }
                """
            let others = (1...6).map { "\n  other\($0): { interface: hfr1, filter: second }" }.joined()
            let daemon = try Daemon.capturing(alone, in: folder.path)
            let traffic = try Generator(Transitions.frames, on: link.near, rate: 200_000).start(0..<20_000_000)
            for _ in 0..<5 {
                try daemon.reload(alone + others)
                // From here on the capture is alone, and user space no longer classifies its packets after a second.
                try daemon.reload(alone)
                #expect(staysTrue(for: 1.2) { daemon.isRunning })
            }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            #expect(log.ringDropped == 0 && log.taps.count == 1 && log.capture("one")?.losses == 0)
            var (next, mistakes) = (UInt64(0), 0)
            for path in try Segments(in: folder.path + "/one").paths {
                try Savefile.read(path) { _, _, _, bytes in
                    if FrameSequence.index(of: bytes) == next { next += 3 } else { mistakes += 1 }
                }
            }
            #expect(mistakes == 0 && next >= sent, "\(mistakes) wrong packets, up to \(next) of \(sent)")
        }

        @Test("A reload that one socket refuses leaves every socket unchanged")
        func refusal() throws {
            let folder = try TemporaryFolder()
            let first = try VethPair("hfr0", "hfr1")
            let second = try VethPair("hfs0", "hfs1")
            func isPromiscuous() throws -> Bool { try Command.ip("-d link show hfr1").contains(" promiscuity 1 ") }
            // The filter reads data that only the kernel has, so user space cannot evaluate it while no filter is
            // attached.
            try Transitions.large("ld #mark", offsets: 1...2, in: folder.path)
            func configuration(port: Int, network: Int, promiscuous: Bool) -> String {
                let direction = promiscuous ? "both" : "in"
                return """
                    filters: { small: udp port \(port), large: { program: large\(network).bpf } }
                    captures:
                      one: { interface: hfr1, filter: small, promiscuous: \(promiscuous), direction: \(direction) }
                      two: { interface: hfs1, filter: large }
                    """
            }
            let before = configuration(port: 1000, network: 1, promiscuous: false)
            let daemon = try Daemon.capturing(before, in: folder.path)
            let limit = "/proc/sys/net/core/optmem_max"
            let memory = try String(contentsOfFile: limit, encoding: .utf8)
            defer { Sysctl.set("net/core/optmem_max", to: memory) }
            let generators = [first.near, second.near].map { Generator(Transitions.frames, on: $0, rate: 20_000) }
            func send(_ indices: Range<UInt64>) throws { for generator in generators { try generator.send(indices) } }

            let traffic = try generators[0].start(0..<3_000_000)
            // There is room for one of the large filters, not for two.
            Sysctl.set("net/core/optmem_max", to: "20000")
            for _ in 1...2 {
                try daemon.reload(
                    configuration(port: 2000, network: 2, promiscuous: true), expecting: "rejected")
                #expect(try !isPromiscuous())
            }
            let refusals = daemon.log.lines(containing: "on hfs1: net.core.optmem_max has room")
            #expect(refusals.count == 2, "\(daemon.log.text)")
            let refused = try traffic.stop().sent
            try send(refused..<refused + 3000)
            Sysctl.set("net/core/optmem_max", to: memory)
            try daemon.reload(configuration(port: 2000, network: 2, promiscuous: true))
            #expect(try isPromiscuous())
            try daemon.reload(configuration(port: 2000, network: 2, promiscuous: false))
            #expect(try !isPromiscuous())
            try send(refused + 3000..<refused + 6000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 2)
            let one = try Segments(in: folder.path + "/one").packets().map {
                unsafe FrameSequence.index(of: $0.bytes.span.bytes) ?? .max
            }
            // While the first socket had its new filter, packets of no other capture arrived.
            let meanwhile = one.prefix { $0 < refused }
            #expect(meanwhile.allSatisfy { $0 % 3 == 0 })
            let wanted = (refused..<refused + 6000).filter { $0 % 3 == ($0 < refused + 3000 ? 0 : 1) }
            let isSame = Array(one.dropFirst(meanwhile.count)) == wanted
            #expect(isSame && !meanwhile.isEmpty, "\(meanwhile.count) of \(refused) packets, then \(one.count)")
            #expect(log.capture("two")?.written == 6000)
        }

        @Test(
            "Without memory for a capture or tap a reload changes nothing, and a new interface is retried",
            .enabled(if: Requirement.prlimit))
        func memory() throws {
            let folder = try TemporaryFolder()
            let first = try VethPair("hfr0", "hfr1")
            func configuration(_ captures: [String], ring: String = "64MiB") -> String {
                "buffers: { size: 16MiB }\nring: { size: \(ring) }\ncaptures: { \(captures.joined(separator: ", ")) }"
            }
            let one = "one: { interface: hfr1 }"
            let daemon = try Daemon.capturing(configuration([one]), in: folder.path)
            func limit(_ bytes: String) throws {
                // Only the soft limit, which can be raised again.
                try Command.check("prlimit", ["--pid", "\(daemon.id)", "--as=\(bytes):"])
            }
            let sizes = try String(contentsOfFile: "/proc/\(daemon.id)/statm", encoding: .utf8).split(separator: " ")
            let size = try #require(Int(sizes[0])) * Int(getpagesize())
            try limit("\(size + (80 << 20))")
            let many = (1...8).map { "more\($0): { interface: hfr1 }" }
            try daemon.reload(configuration([one] + many), expecting: "rejected")
            // Another ring needs another tap, so the existing tap stays.
            try limit("\(size + (20 << 20))")
            try daemon.reload(configuration([one], ring: "128MiB"), expecting: "rejected")
            try Generator(Transitions.frames, on: first.near, rate: 20_000).send(0..<1000)
            let other = "other: { interface: hfs1 }"
            try limit("unlimited")
            try daemon.reload(configuration([one, other]))
            try limit("\(size + (20 << 20))")
            let second = try VethPair("hfs0", "hfs1")
            try daemon.wait(event: "failed", interface: second.far)
            #expect(try taps(on: second.far).isEmpty)
            try limit("unlimited")
            try waitForTap(on: second.far)
            for link in [first.near, second.near] {
                try Generator(Transitions.frames, on: link, rate: 20_000).send(1000..<2000)
            }
            try daemon.reload(configuration([one, other] + many))
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 2)
            #expect(log.capture("one")?.written == 2000 && log.capture("other")?.written == 1000)
            #expect(log.captures.count == 10, "\(log.captures.map(\.name))")
        }

        /// Programs of 12 kB each in the kernel that keep the packets of port 1000, after `test`.
        private static func large(_ test: String, offsets: ClosedRange<Int>, in folder: String) throws {
            for offset in offsets {
                let loads = String(repeating: "ldh [\(offset)]\n", count: 100)
                try "\(loads)\(test)\nkeep: ret #262144\ndrop: ret #0"
                    .write(toFile: "\(folder)/large\(offset).bpf", atomically: true, encoding: .utf8)
            }
        }

        @Test(
            "A filter without room beside the old one still replaces it, without packets lost or added"
        )
        func room() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfr0", "hfr1")
            let test =
                "ldh [12]\njne #0x800, drop\nldb [23]\njne #17, drop\n"
                + "ldh [34]\njeq #1000, keep\nldh [36]\njne #1000, drop"
            try Transitions.large(test, offsets: 1...12, in: folder.path)
            func configuration(_ offset: Int) -> String {
                """
                filters: { large: { program: large\(offset).bpf } }
                captures:
                  one: { interface: hfr1, filter: large }
                """
            }
            let daemon = try Daemon.capturing(configuration(1), in: folder.path)
            let memory = try String(contentsOfFile: "/proc/sys/net/core/optmem_max", encoding: .utf8)
            defer { Sysctl.set("net/core/optmem_max", to: memory) }
            Sysctl.set("net/core/optmem_max", to: "20000")
            let traffic = try Generator(Transitions.frames, on: link.near, rate: 100_000).start(0..<10_000_000)
            for offset in 2...12 { try daemon.reload(configuration(offset)) }
            let sent = try traffic.stop().sent
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)
            var (next, mistakes) = (UInt64(0), 0)
            for path in try Segments(in: folder.path + "/one").paths {
                try Savefile.read(path) { _, _, _, bytes in
                    if FrameSequence.index(of: bytes) == next { next += 3 } else { mistakes += 1 }
                }
            }
            #expect(mistakes == 0 && next >= sent, "\(mistakes) wrong packets, up to \(next) of \(sent)")
        }

        @Test("A reload does not wait for a stalled disk", .enabled(if: Requirement.freezing))
        func frozen() throws {
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/stalls", size: "64M")
            let link = try VethPair("hfr0", "hfr1")
            let alone = "free-space: 0\nbuffers: { size: 512KiB }\ncaptures:\n  stalls: { interface: hfr1 }"
            let daemon = try Daemon.capturing(alone, in: folder.path)
            let generator = Generator(Transitions.frames, on: link.near, rate: 50_000)
            try disk.freeze()
            // More packets than its buffers hold.
            try generator.send(0..<30_000)
            for others in ["", "\n  other: { interface: hfr1 }"] {
                try daemon.configure(alone + others)
                let answer = try daemon.holdfast("reload")
                #expect(answer.status == 0, "\(answer.errors)")
            }
            try generator.send(30_000..<40_000)
            try disk.thaw()
            let log = try daemon.stop()
            #expect(log.ringDropped == 0 && log.taps.count == 1)
            let stalls = try FrameCheck(Transitions.frames, in: Segments(in: disk.path).paths)
            #expect(stalls.mistakes.isEmpty && stalls.count == log.capture("stalls")?.written ?? -1)
            #expect(log.capture("stalls")?.matched == 40_000)
            let other = try FrameCheck(Transitions.frames, in: Segments(in: folder.path + "/other").paths)
            #expect(other.mistakes.isEmpty && other.gaps == 0 && other.first == 30_000 && other.count == 10_000)
        }

        @Test("A reload while an interface is down or missing applies when the interface is up")
        func down() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfr0", "hfr1")
            func configuration(_ name: String, port: Int) -> String {
                "filters: { one: udp port \(port) }\ncaptures: { \(name): { interface: 'hf[rs]1', filter: one } }"
            }
            let daemon = try Daemon.capturing(configuration("old", port: 1000), in: folder.path)
            let generator = Generator(Transitions.frames, on: link.near, rate: 20_000)
            try generator.send(0..<3000)
            try Command.ip("link set hfr1 down")
            try daemon.reload(configuration("new", port: 2000))
            let old = try daemon.wait(event: "ended", capture: "old", interface: "hfr1")
            #expect(old.number("matched") == 1000)
            try Command.ip("link set hfr1 up")
            try generator.send(3000..<6000)
            let other = try VethPair("hfs0", "hfs1")
            try waitForTap(on: other.far)
            try Generator(Transitions.frames, on: other.near, rate: 20_000).send(0..<3000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 2)
            for (name, interface, indices) in [
                ("old", "hfr1", 0..<3000), ("new", "hfr1", 3000..<6000), ("new", "hfs1", 0..<3000),
            ] {
                let packets = try Segments(in: "\(folder.path)/\(name)", of: interface).packets().map(\.bytes)
                let wanted = indices.filter { $0 % 3 == (name == "old" ? 0 : 1) }
                let isSame = packets == wanted.map { Transitions.frames.frame(UInt64($0)) }
                #expect(isSame, "\(name) on \(interface): \(packets.count) packets")
            }
        }

        @Test("After a change of ring, buffers or interface, each segment has the packets of its time")
        func geometry() throws {
            let folder = try TemporaryFolder()
            let first = try VethPair("hfr0", "hfr1")
            let second = try VethPair("hfs0", "hfs1")
            let steps = [
                ("ring: { size: 16MiB }", "hfr1"), ("ring: { size: 8MiB }", "hfr1"),
                ("ring: { size: 8MiB }\nbuffers: { size: 1MiB, count: 3 }", "hfr1"),
                ("ring: { size: 8MiB }\nbuffers: { size: 1MiB, count: 3 }", "hfs1"),
                ("ring: { size: 8MiB, workers: 2 }", "hfs1"),
            ].map { sizes, interface in "\(sizes)\ncaptures: { one: { interface: \(interface) } }" }
            let daemon = try Daemon.capturing(steps[0], in: folder.path)
            for (place, step) in steps.enumerated() {
                if place > 0 { try daemon.reload(step) }
                for link in [first.near, second.near] {
                    let indices = UInt64(place) * 1000..<UInt64(place + 1) * 1000
                    try Generator(Transitions.frames, on: link, rate: 20_000).send(indices)
                }
            }
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 5)
            let found = try FrameCheck(Transitions.frames, in: Segments(in: folder.path + "/one", of: "hfr1").paths)
            #expect(found.isPrefix && found.count == 3000, "\(found.count): \(found.mistakes)")
            let others = try Segments(in: folder.path + "/one", of: "hfs1").packets().map(\.bytes)
            let isSame = Set(others) == Set((3000..<5000).map { Transitions.frames.frame(UInt64($0)) })
            #expect(isSame && others.count == 2000, "\(others.count)")
        }
    }
}
