import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// Interfaces that appear and disappear while the daemon runs.
    @Suite struct Interfaces {
        private static let frames = FrameSequence()

        @Test("A missing interface is captured when it is up, released when it is removed, and captured again")
        func lifecycle() throws {
            let folder = try TemporaryFolder()
            let daemon = try Daemon.capturing("captures: { late: { interface: hfl1 } }", in: folder.path)
            #expect(daemon.log.events("capturing").isEmpty)
            for life in 1...2 {
                #expect(daemon.log.events("waiting", capture: "late", interface: "hfl1").count == life)
                do {
                    let link = try VethPair("hfl0", "hfl1", up: false)
                    #expect(try staysTrue(for: 0.2) { try taps(on: "hfl1").isEmpty })
                    link.setUp()
                    try waitForTap(on: link.far)
                    try Generator(Interfaces.frames, on: link.near, rate: 20_000).send(0..<1000)
                }
                try daemon.waitForTapEnd(on: "hfl1", packets: 1000, times: life)
                try daemon.wait(event: "waiting", capture: "late", interface: "hfl1", times: life + 1)
                let segments = try Segments(in: folder.path + "/late")
                #expect(segments.names.count == life && segments.parts.isEmpty)
                #expect(try FrameCheck(Interfaces.frames, in: [segments.paths[life - 1]]).isPrefix)
                #expect(daemon.isRunning)
            }
            try daemon.stop()
        }

        @Test("An interface that goes down and up, or is renamed, is still captured")
        func changes() throws {
            let folder = try TemporaryFolder()
            let link = try VethPair("hfu0", "hfu1")
            let here = folder.path + "/all"
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hf[uw]1' } }", in: folder.path)
            func send(_ indices: Range<UInt64>) throws {
                try Generator(Interfaces.frames, on: link.near, rate: 20_000).send(indices)
            }
            try send(0..<500)
            try Command.ip("link set hfu1 down")
            #expect(staysTrue(for: 0.3) { daemon.isRunning })
            try Command.ip("link set hfu1 up")
            try waitForTap(on: "hfu1")
            try send(500..<1000)
            try Command.ip("link set hfu1 name hfw1")
            try waitForTap(on: "hfw1")
            try send(1000..<1500)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let before = try FrameCheck(Interfaces.frames, in: Segments(in: here, of: "hfu1").paths)
            let after = try FrameCheck(Interfaces.frames, in: Segments(in: here, of: "hfw1").paths)
            #expect(before.isPrefix && before.count == 1000, "\(before.count)")
            #expect(after.first == 1000 && after.count == 500 && after.gaps == 0, "\(after.count)")
        }

        @Test("A pattern captures every matching interface with one tap each, later interfaces too")
        func pattern() throws {
            let folder = try TemporaryFolder()
            let first = try VethPair("hfp0", "tsp0")
            let second = try VethPair("hfp1", "tsp1")
            let daemon = try Daemon.capturing("captures: { all: { interface: 'hfp*' } }", in: folder.path)
            let third = try VethPair("hfp2", "tsp2")
            for link in [first.near, second.near, third.near] { try waitForTap(on: link) }
            #expect(try taps(on: "tsp0").isEmpty)
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

        @Test("A capture selects received packets, sent packets, or both")
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
            // Other taps do not see packets that bypass the queue.
            try Generator(sent, on: link.far, rate: 10_000, bypassesQueue: false).send(0..<300)
            let log = try daemon.stop()
            #expect(log.losses == 0)
            let arriving = try FrameCheck(received, in: Segments(in: folder.path + "/in").paths)
            let leaving = try FrameCheck(sent, in: Segments(in: folder.path + "/out").paths)
            #expect(arriving.isPrefix && arriving.count == 500)
            #expect(leaving.isPrefix && leaving.count == 300)
            #expect(log.capture("both")?.written == 800)
        }
    }
}
