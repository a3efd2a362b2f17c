import Foundation
import TestSupport
import Testing
import Traffic

extension Live {
    /// A stalled disk does not affect captures on other disks.
    @Suite(.enabled(if: Requirement.freezing)) struct StalledDisk {
        @Test("A capture on a frozen disk counts its losses, and three captures on other disks lose nothing")
        func neighbours() throws {
            let folder = try TemporaryFolder()
            var disk = try LoopDisk(folder.path + "/stalls", size: "64M")
            let link = try VethPair("hfz0", "hfz1")
            let frames = FrameSequence()
            let others = ["first", "second", "third"]
            let daemon = try Daemon.capturing(
                """
                free-space: 0
                buffers: { size: 512KiB }
                captures:
                  stalls: { interface: hfz1, flush: 200ms, rotate: { size: 4MiB } }
                \(others.map { "  \($0): { interface: hfz1, flush: 200ms }" }.joined(separator: "\n"))
                """, in: folder.path)
            #expect(try taps(on: link.far).count == 1)
            var sent: UInt64 = 0
            func send(_ count: UInt64, rate: Double = 20_000) throws {
                try Generator(frames, on: link.near, rate: rate).send(sent..<sent + count)
                sent += count
            }

            try send(10_000)
            try disk.freeze()
            let frozen = sent
            try send(40_000)
            #expect(daemon.isRunning)
            let size = try Segments(in: disk.path).bytes
            try disk.thaw()
            try eventually("a write after the thaw") { try Segments(in: disk.path).bytes != size }
            // The buffer that was written becomes free a moment later.
            try send(1000, rate: 1000)
            let thawed = sent
            try send(10_000)
            let log = try daemon.stop()

            let stalls = try #require(log.capture("stalls"))
            print("STALLED DISK sent=\(sent) written=\(stalls.written) hold_dropped=\(stalls.holdDropped)")
            #expect(log.ringDropped == 0 && log.taps.count == 1)
            #expect(stalls.matched == Int(sent) && stalls.diskDropped == 0 && stalls.holdDropped > 0)
            let kept = try FrameCheck(frames, in: Segments(in: disk.path).paths)
            #expect(kept.mistakes.isEmpty && kept.count == stalls.written && kept.gaps == stalls.holdDropped)
            #expect((frozen...thawed).contains(kept.lastGapEnd), "lost outside the freeze: before \(kept.lastGapEnd)")
            #expect(kept.first == 0 && kept.last == sent - 1)
            for name in others {
                let found = try FrameCheck(frames, in: Segments(in: "\(folder.path)/\(name)").paths)
                #expect(found.isPrefix && found.count == sent, "\(name): \(found.count) of \(sent)")
            }
        }
    }
}
