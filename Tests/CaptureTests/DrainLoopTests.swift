import BPF
import BasicContainers
import Counters
import Linux
import Rules
import Segments
import Synchronization
import Synthetic
import TestSupport
import Testing

@testable import Capture

@Suite("The drain loop, turn by turn")
struct DrainLoopTests {
    typealias Frame = SyntheticKernel.Frame

    @Test("One capture gets every packet of every block in order, and the blocks return to the kernel")
    func oneCapture() throws {
        var plane = try DataPlane()
        for round in 0..<20 {
            for block in 0..<3 { plane.kernel.handOver((0..<10).map { Frame(UInt32(round * 30 + block * 10 + $0)) }) }
            plane.loop.turn()
            #expect(plane.kernel.blocksOut == 0)
            plane.writers[0].work()
        }
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.numbers() == (0..<600).map { UInt32($0) })
        plane.expectBalance()
        #expect(plane.counters.counts == [.received: 600, .drained: 600])
        #expect(plane.writers[0].commands == ["seal", "end"] && plane.kernel.isStopped)
    }

    @Test("Each of several captures gets the packets that its filter accepts")
    func classified() throws {
        var plane = try DataPlane([1, nil, 2])
        plane.kernel.handOver((0..<30).map { Frame($0, of: UInt8($0 % 4)) })
        plane.loop.turn()
        plane.loop.end()
        for writer in plane.writers { writer.work() }
        #expect(plane.numbers(0) == (0..<30).filter { $0 % 4 == 1 })
        #expect(plane.numbers(1) == (0..<30).map { $0 })
        #expect(plane.numbers(2) == (0..<30).filter { $0 % 4 == 2 })
        plane.expectBalance()
    }

    @Test("Without a free buffer, a tap with one capture waits with its block and loses nothing")
    func backpressure() throws {
        var plane = try DataPlane(buffers: BufferGeometry(size: 16384, count: 2))
        let (kernel, writer) = (plane.kernel, plane.writers[0])
        // The loop reads the statistics while it waits, and the writer works only then.
        kernel.onStatistics = { if kernel.blocksOut > 0 { writer.work() } }
        for block in 0..<6 { kernel.handOver((0..<100).map { Frame(UInt32(block * 100 + $0), length: 500) }) }
        plane.loop.turn()
        plane.loop.end()
        writer.work()
        #expect(plane.numbers() == (0..<600).map { UInt32($0) })
        plane.expectBalance()
        #expect(writer.counters.counts[.holdDropped] == 0)
    }

    @Test("An abandoned tap drops and counts the packets that find no room, and its loop ends")
    func abandoned() throws {
        var plane = try DataPlane(buffers: BufferGeometry(size: 16384, count: 2))
        for block in 0..<4 { plane.kernel.handOver((0..<100).map { Frame(UInt32(block * 100 + $0), length: 500) }) }
        plane.commands.abandon()
        plane.loop.end()
        let counts = plane.writers[0].counters.counts
        // Everything handed over is taken back, because no writer will run.
        #expect(counts[.matched] == 400 && counts[.holdDropped] == 400)
        #expect(plane.counters.counts == [.received: 400, .drained: 400])
    }

    @Test("A capture with a stalled writer loses only its own packets, and the tap waits for it once")
    func stalled() throws {
        var plane = try DataPlane([1, 2], buffers: BufferGeometry(size: 16384, count: 4))
        let (slow, fast) = (plane.writers[0], plane.writers[1])
        let kernel = plane.kernel
        kernel.onStatistics = { fast.work() }
        for block in 0..<8 {
            kernel.handOver((0..<80).map { Frame(UInt32(block * 80 + $0), of: UInt8(1 + $0 % 2), length: 500) })
            plane.loop.turn()
        }
        #expect(fast.counters.counts[.holdDropped] == 0 && slow.counters.counts[.holdDropped] > 0)
        slow.work()
        // The writer works again, so no more packets are dropped.
        let lost = slow.counters.counts[.holdDropped]
        kernel.handOver((0..<10).map { Frame(UInt32(1000 + $0), of: 1, length: 500) })
        plane.loop.turn()
        plane.loop.end()
        for writer in plane.writers { writer.work() }
        #expect(slow.counters.counts[.holdDropped] == lost)
        plane.expectBalance()
        #expect(plane.numbers(1) == (0..<640).filter { $0 % 2 == 1 })
        let kept = plane.numbers(0)
        #expect(kept.count + Int(lost) == 330 && Array(kept.suffix(10)) == (1000..<1010).map { $0 })
    }

    @Test("Each drop in the ring is counted once")
    func ringLosses() throws {
        var plane = try DataPlane([1, 2])
        plane.kernel.handOver([Frame(0, of: 1)])
        plane.kernel.drop(5)
        plane.loop.turn()
        plane.kernel.handOver([Frame(1, of: 2)])
        plane.kernel.drop(7)
        plane.loop.turn()
        plane.loop.end()
        #expect(plane.counters.counts == [.received: 14, .drained: 2, .ringDropped: 12, .ringFreezes: 2])
        #expect(plane.counters.ringLosses.total == 12)
    }

    @Test("Packets that arrive until reception stops are drained, and those that never appear count as ring drops")
    func ending() throws {
        var plane = try DataPlane()
        let kernel = plane.kernel
        plane.kernel.handOver([Frame(0)])
        kernel.beforeStop = { kernel.handOver([Frame(1), Frame(2)]) }
        plane.kernel.pretend(received: 3)
        plane.commands.abandon()
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.counters.counts == [.received: 6, .drained: 3, .ringDropped: 3])
        #expect(plane.counters.ringLosses.total == 3)
    }

    @Test("Records that are old enough are flushed without another packet")
    func flush() throws {
        var plane = try DataPlane { $0.flush = 0 }
        plane.kernel.handOver([Frame(0), Frame(1)])
        plane.loop.turn()
        plane.writers[0].work()
        #expect(plane.numbers() == [0, 1] && plane.writers[0].segments[0].flushes == 1)
        plane.kernel.handOver([Frame(2)])
        plane.loop.turn()
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.numbers() == [0, 1, 2] && plane.writers[0].segments.count == 1)
    }

    @Test("An interval ends on a silent link")
    func interval() throws {
        var plane = try DataPlane { $0.rotation = Rotation(every: 60) }
        plane.kernel.handOver([Frame(0)])
        // The packet is old: after one turn its interval is over.
        plane.loop.turn()
        plane.writers[0].work()
        #expect(plane.writers[0].commands == ["seal"] && plane.numbers() == [0])
        plane.loop.end()
    }

    @Test("Packets that the kernel has counted and hands over after the stop are drained")
    func lateBlock() throws {
        var plane = try DataPlane()
        let kernel = plane.kernel
        var looks = 0
        kernel.beforeStop = {
            kernel.pretend(received: 2)
            kernel.onStatistics = {
                looks += 1
                if looks == 3 { kernel.handOver([Frame(0), Frame(1)], isCounted: false) }
            }
        }
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.numbers() == [0, 1] && plane.counters.counts == [.received: 2, .drained: 2])
    }

    @Test("A packet that is too short to classify again is kept as the kernel decided")
    func tooShort() throws {
        var plane = try DataPlane()
        // A new filter reads more than the kernel keeps.
        let filter = try VerifiedProgram(try Program(assembly: "ldb [100]\njne #7, drop\nret #65535\ndrop: ret #0"))
        plane.commands.give(.change(TapChange(classifier: Classifier([filter], superset: nil))))
        let later = Clock.wall() / .nanosecondsPerSecond + 3600
        var short = Frame(0, second: later)
        short.wireLength = 200
        plane.kernel.handOver([short, Frame(1, length: 120, second: later)])
        plane.loop.turn()
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.numbers() == [0])
        plane.expectBalance()
    }

    @Test("While more than half of the ring is full, no packet waits for a capture without a buffer")
    func fullRing() throws {
        var plane = try DataPlane([1, nil], buffers: BufferGeometry(size: 16384, count: 2))
        let (slow, other, kernel) = (plane.writers[0], plane.writers[1], plane.kernel)
        kernel.onStatistics = { other.work() }
        for block in 0..<8 { kernel.handOver((0..<40).map { Frame(UInt32(block * 40 + $0), of: 1, length: 900) }) }
        let began = Clock.monotonic()
        plane.loop.turn()
        // It waits once, when half of the ring is free, and not while more of it is full.
        #expect(Clock.monotonic() - began < 2_000_000_000)
        #expect(slow.counters.counts[.holdDropped] > 0)
        plane.commands.abandon()
        plane.loop.end()
    }

    @Test("An abandoned tap with several captures drops what finds no room, without waiting")
    func abandonedShared() throws {
        var plane = try DataPlane([1, nil], buffers: BufferGeometry(size: 16384, count: 2))
        for block in 0..<4 {
            plane.kernel.handOver((0..<40).map { Frame(UInt32(block * 40 + $0), of: 1, length: 900) })
        }
        plane.commands.abandon()
        plane.loop.end()
        for writer in plane.writers {
            #expect(writer.counters.counts[.matched] == 160 && writer.counters.counts[.holdDropped] == 160)
        }
    }

    @Test("A writer that has its buffers back after a wait is no longer stalled, and waits are measured")
    func waits() throws {
        var plane = try DataPlane(buffers: BufferGeometry(size: 16384, count: 2))
        let (kernel, writer) = (plane.kernel, plane.writers[0])
        kernel.onStatistics = { writer.work() }
        kernel.handOver((0..<60).map { Frame(UInt32($0), length: 900) })
        plane.loop.turn()
        #expect(writer.counters.activity.holdWaits.histogram.counts.reduce(0, +) > 0)
        plane.loop.end()
    }
}
