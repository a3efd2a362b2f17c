import Foundation
import Testing
import Traffic

extension Live {
    /// Interfaces come and go; the daemon stays.
    @Suite struct Interfaces {
        private static let frames = FrameSequence()

        @Test("A missing interface is waited for, captured when it is up, given up when it goes, and captured again")
        func lifecycle() throws {
            let folder = try TemporaryFolder()
            let daemon = try Daemon.capturing("captures: { late: { interface: hfl1 } }", in: folder.path)
            #expect(daemon.log.lines(containing: "capturing late on no interface yet").count == 1)
            for life in 1...2 {
                #expect(daemon.log.lines(containing: "late waits for interface hfl1").count == life)
                do {
                    let link = try VethPair("hfl0", "hfl1", up: false)
                    pause(0.2)
                    #expect(try taps(on: "hfl1") == 0)
                    link.setUp()
                    try eventually("a tap on hfl1") { try taps(on: "hfl1") == 1 }
                    pause(0.1)
                    try Generator(Interfaces.frames, on: link.near, rate: 20_000).send(0..<1000)
                    // What the kernel still holds goes with an interface that goes.
                    pause(0.3)
                }
                try daemon.wait(for: "tap on hfl1 ended: received=1000 drained=1000", times: life)
                try daemon.wait(for: "late waits for interface hfl1", times: life + 1)
                let segments = try Segments(in: folder.path + "/late")
                #expect(segments.names.count == life && segments.parts.isEmpty)
                #expect(try FrameCheck(Interfaces.frames, in: [segments.paths[life - 1]]).isPrefix)
                #expect(daemon.isRunning)
            }
            try daemon.stop()
        }

        @Test("A pattern takes every interface that matches, one tap each, and those that come later")
        func pattern() throws {
            let folder = try TemporaryFolder()
            let first = try VethPair("hfp0", "tsp0")
            let second = try VethPair("hfp1", "tsp1")
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hfp*' } }", in: folder.path)
            let third = try VethPair("hfp2", "tsp2")
            try eventually("a tap on each") { try ["hfp0", "hfp1", "hfp2"].allSatisfy { try taps(on: $0) == 1 } }
            #expect(try taps(on: "tsp0") == 0)
            pause(0.1)
            for link in [first.far, second.far, third.far] {
                try Generator(Interfaces.frames, on: link, rate: nil).send(0..<100)
            }
            let log = try daemon.stop()
            #expect(log.taps.count == 3)
            for name in [first.near, second.near, third.near] {
                let found = try FrameCheck(Interfaces.frames, in: Segments(in: folder.path + "/all", of: name).paths)
                #expect(found.isPrefix && found.count == 100, "\(name): \(found.count)")
            }
        }

        @Test("Promiscuous mode lasts as long as the capture")
        func promiscuous() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfq0", "hfq1")
            let daemon = try Daemon.capturing(
                "captures: { all: { interface: hfq1, promiscuous: true } }", in: folder.path)
            #expect(try Command.ip("-d link show \(link.far)").contains(" promiscuity 1 "))
            try Generator(Interfaces.frames, on: link.near, rate: nil).send(0..<10)
            try daemon.stop()
            #expect(try Command.ip("-d link show \(link.far)").contains(" promiscuity 0 "))
        }

        @Test("Only received packets, only sent ones, or both")
        func direction() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfd0", "hfd1")
            let daemon = try Daemon.capturing(
                """
                captures:
                  in: { interface: hfd1, direction: in }
                  out: { interface: hfd1, direction: out }
                  both: { interface: hfd1, direction: both }
                """, in: folder.path)
            let (received, sent) = (FrameSequence([.udp]), FrameSequence([.tcp]))
            try Generator(received, on: link.near, rate: 10_000).send(0..<500)
            // Other taps do not see what bypasses the queue.
            try Generator(sent, on: link.far, rate: 10_000, bypassesQueue: false).send(0..<300)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let arriving = try FrameCheck(received, in: Segments(in: folder.path + "/in").paths)
            let leaving = try FrameCheck(sent, in: Segments(in: folder.path + "/out").paths)
            #expect(arriving.isPrefix && arriving.count == 500)
            #expect(leaving.isPrefix && leaving.count == 300)
            #expect(log.capture("both")?.written == 800)
        }

        @Test("Captures that ask the same of the kernel share a tap, and each cuts to its own length")
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
            #expect(try taps(on: link.far) == 1)
            try Generator(Interfaces.frames, on: link.near, rate: 20_000).send(0..<2000)
            let log = try daemon.stop()
            #expect(log.taps.count == 1 && log.losses == 0)
            let long = try FrameCheck(Interfaces.frames, in: Segments(in: folder.path + "/long").paths)
            #expect(long.isPrefix && long.count == 2000)
            let short = try Segments(in: folder.path + "/short").packets()
            let frames = (0..<2000).map { Interfaces.frames.frame($0) }
            #expect(short.map(\.bytes) == frames.map { Array($0.prefix(96)) })
            #expect(short.map(\.wireLength) == frames.map(\.count))
            #expect(log.capture("short")?.truncated == frames.count { $0.count > 96 })
            #expect(log.capture("long")?.truncated == 0)
        }
    }
}

/// Packet sockets that are bound to an interface. See /proc/net/packet: the fifth column is the interface's number.
private func taps(on interface: String) throws -> Int {
    let listing = try Command.run("ip", ["-o", "link", "show", interface])
    guard listing.status == 0, let index = listing.output.split(separator: ":").first else { return 0 }
    let table = try String(contentsOfFile: "/proc/self/net/packet", encoding: .utf8)
    return table.split(separator: "\n").dropFirst().count { line in
        let columns = line.split(separator: " ")
        return columns.count > 4 && columns[4] == index
    }
}
