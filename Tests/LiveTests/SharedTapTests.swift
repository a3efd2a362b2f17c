import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// One tap that serves several captures.
    @Suite struct SharedTap {
        private static let frames = FrameSequence()

        @Test("Captures with the same filter share a tap, and each truncates to its own snap length")
        func sharing() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            let daemon = try Daemon.capturing(
                """
                filters: { udp: udp, same: udp }
                captures:
                  long: { interface: hft1, filter: udp }
                  short: { interface: hft1, filter: same, snap-length: 96 }
                """, in: folder.path)
            #expect(try taps(on: link.far).count == 1)
            try Generator(SharedTap.frames, on: link.near, rate: 20_000).send(0..<2000)
            let log = try daemon.stop()
            #expect(log.taps.count == 1 && log.losses == 0)
            let long = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/long").paths)
            #expect(long.isPrefix && long.count == 2000)
            let short = try Segments(in: folder.path + "/short").packets()
            let frames = (0..<2000).map { SharedTap.frames.frame($0) }
            let isCut = short.map(\.bytes) == frames.map { Array($0.prefix(96)) }
            #expect(isCut && short.map(\.wireLength) == frames.map(\.count))
            #expect(log.capture("short")?.truncated == frames.count { $0.count > 96 })
            #expect(log.capture("long")?.truncated == 0)
        }

        @Test("A promiscuous capture shares its tap with one that is not, and can be added and removed")
        func promiscuity() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            func isPromiscuous() throws -> Bool { try Command.ip("-d link show hft1").contains(" promiscuity 1 ") }
            let mine = "own: { interface: hft1 }"
            let daemon = try Daemon.capturing("captures: { \(mine) }", in: folder.path)
            #expect(try !isPromiscuous())
            try daemon.reload("captures: { \(mine), all: { interface: hft1, promiscuous: true } }")
            #expect(try taps(on: link.far).count == 1)
            #expect(try isPromiscuous())
            let generator = Generator(SharedTap.frames, on: link.near, rate: 20_000)
            try generator.send(0..<1000)
            // From here on the frames are addressed to this host.
            try Command.ip("link set hft1 address \(FrameSequence.destination)")
            try generator.send(1000..<1500)
            try daemon.reload("captures: { \(mine) }")
            #expect(try !isPromiscuous())
            try generator.send(1500..<2000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)
            let all = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/all").paths)
            #expect(all.isPrefix && all.count == 1500)
            let own = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/own").paths)
            #expect(own.mistakes.isEmpty && own.first == 1000 && own.last == 1999 && own.count == 1000)
        }

        @Test("A program keeps as many bytes as it returns, alone and beside a capture that keeps more")
        func shortVerdict() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            try "ret #80".write(toFile: folder.path + "/head.bpf", atomically: true, encoding: .utf8)
            let filters = "filters: { head: { program: head.bpf } }\ncaptures: {"
            let head = "head: { interface: hft1, filter: head }"
            let daemon = try Daemon.capturing("\(filters) \(head) }", in: folder.path)
            let generator = Generator(SharedTap.frames, on: link.near, rate: 20_000)
            try generator.send(0..<500)
            try daemon.reload("\(filters) \(head), all: { interface: hft1 } }")
            try generator.send(500..<1000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 1)
            let frames = (0..<1000).map { SharedTap.frames.frame($0) }
            let heads = try Segments(in: folder.path + "/head").packets()
            let areHeads = heads.map(\.bytes) == frames.map { Array($0.prefix(80)) }
            #expect(areHeads && heads.map(\.wireLength) == frames.map(\.count))
            let all = try FrameCheck(SharedTap.frames, in: Segments(in: folder.path + "/all").paths)
            #expect(all.mistakes.isEmpty && all.gaps == 0 && all.first == 500 && all.last == 999)
        }

        @Test("Filters that exceed one socket are split over two, and every capture gets its packets")
        func split() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            let ports = (0..<12).map { UInt16(5000 + $0) }
            // Each filter has about four hundred instructions, and no two filters share one.
            let filters = ports.map { port in
                let hosts = (1...200).map { "host 172.16.\(port - 5000).\($0)" }
                return "f\(port): port \(port) and not (\(hosts.joined(separator: " or ")))"
            }
            let daemon = try Daemon.capturing(
                """
                filters: { \(filters.joined(separator: ", ")) }
                captures: { \(ports.map { "c\($0): { interface: hft1, filter: f\($0) }" }.joined(separator: ", ")) }
                """, in: folder.path)
            let notice = try #require(daemon.log.events("tap", interface: link.far).first).message
            print("SPLIT \(notice)")
            #expect(notice.contains("c5011"))
            #expect(try taps(on: link.far).count == 2)
            let frames = FrameSequence(ports: ports)
            try Generator(frames, on: link.near, rate: 20_000).send(0..<3000)
            let log = try daemon.stop()
            #expect(log.losses == 0 && log.taps.count == 2)
            for (place, port) in ports.enumerated() {
                let found = try Segments(in: "\(folder.path)/c\(port)").packets().map(\.bytes)
                let isSame = found == (0..<250).map { frames.frame(UInt64($0 * ports.count + place)) }
                #expect(isSame, "port \(port): \(found.count) packets")
            }
        }

        @Test(
            "While a tap is saturated, the packets of a rare capture are still written",
            .enabled(if: Requirement.strace))
        func saturated() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hft0", "hft1")
            // Draining a block takes longer than filling one.
            let daemon = try Daemon(
                """
                ring: { size: 2MiB, block: 512KiB, timeout: 10ms }
                captures:
                  busy: { interface: hft1 }
                  rare: { interface: hft1, filter: large, flush: 200ms }
                filters: { large: greater 1000 }
                """, in: folder.path,
                wrapper: [
                    "strace", "-qq", "--seccomp-bpf", "-f", "-o", "/dev/null", "-e", "trace=getsockopt", "-e",
                    "inject=getsockopt:delay_enter=100ms",
                ])
            try daemon.wait(event: "started")
            // Most packets are dropped in the ring, but not all.
            let (small, large) = (FrameSequence(sizes: 64...64), FrameSequence(sizes: 1400...1400))
            let traffic = try Generator(small, on: link.near, rate: 2000, batch: 1).start(0..<100_000)
            let rare = try Generator(large, on: link.near, rate: 100, batch: 1).start(0..<5000)
            try eventually("a rare packet in a file") { try Segments(in: folder.path + "/rare").bytes > 1000 }
            let sent = try traffic.stop().sent + rare.stop().sent
            daemon.sendThroughWrapper(SIGTERM)
            #expect(try daemon.exitCode() == 0)
            let log = daemon.log
            #expect(log.isBalanced && log.taps.first?.received == Int(sent) && log.ringDropped > 0)
        }
    }
}
