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

/// Rotations and reloads.
extension DrainLoopTests {
    @Test("A rotation applies to packets later than its command, in the middle of a block")
    func rotation() throws {
        var plane = try DataPlane()
        let sealed = Atomic(0)
        plane.kernel.handOver([Frame(0)])
        plane.loop.turn()
        plane.commands.give(
            .rotate(SegmentRotation(capture: "capture0") { _ in sealed.add(1, ordering: .relaxed) }))
        // Packets from before the command, then packets from long after it.
        let later = Clock.wall() / .nanosecondsPerSecond + 3600
        plane.kernel.handOver([Frame(1), Frame(2), Frame(3, second: later), Frame(4, second: later)])
        plane.kernel.pretend(received: 1)  // a packet is in flight, so the command must wait
        plane.loop.turn()
        plane.writers[0].work()
        #expect(sealed.load(ordering: .relaxed) == 1)
        plane.commands.abandon()
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.writers[0].segments.first?.numbers == [0, 1, 2])
    }

    @Test("A rotation without an open segment, or of an unknown capture, is acknowledged")
    func emptyRotation() throws {
        var plane = try DataPlane()
        let answers = Atomic(0)
        for name in ["capture0", "other"] {
            plane.commands.give(
                .rotate(SegmentRotation(capture: name) { _ in answers.add(1, ordering: .relaxed) }))
        }
        plane.loop.turn()
        plane.writers[0].work()
        #expect(answers.load(ordering: .relaxed) == 2 && plane.writers[0].segments.isEmpty)
        plane.loop.end()
    }

    @Test("A change of captures applies between two packets of a block, and earlier packets use the old filters")
    func change() throws {
        var plane = try DataPlane([1, 2])
        let added = try SyntheticWriter(DataPlane.rule("new", buffers: BufferGeometry(size: 16384, count: 4)))
        let isKnown = Atomic(false)
        var change = TapChange(classifier: try DataPlane.classifier([2, 3]))
        change.removed = [0]
        change.added.append(added.makeStore())
        change.acknowledge = { isKnown.store(true, ordering: .relaxed) }
        plane.commands.give(.change(change))
        let later = Clock.wall() / .nanosecondsPerSecond + 3600
        plane.kernel.handOver((0..<9).map { Frame($0, of: UInt8(1 + $0 % 3)) })
        plane.kernel.handOver((9..<18).map { Frame($0, of: UInt8(1 + $0 % 3), second: later) })
        plane.loop.turn()
        let isAcknowledged = isKnown.load(ordering: .relaxed)
        #expect(isAcknowledged)
        plane.loop.end()
        for writer in plane.writers + [added] { writer.work() }
        #expect(plane.numbers(0) == [0, 3, 6])
        #expect(plane.numbers(1) == (0..<18).filter { $0 % 3 == 1 })
        #expect(added.segments.flatMap(\.numbers) == [11, 14, 17])
        #expect(plane.writers[0].commands == ["seal", "end"])
    }

    @Test("With a new filter, packets in the ring that it rejects are dropped and are not losses")
    func filterChange() throws {
        var plane = try DataPlane()
        plane.commands.filterWillChange()
        var change = TapChange(classifier: try DataPlane.classifier([2]))
        change.acknowledge = {}
        plane.commands.give(.change(change))
        let later = Clock.wall() / .nanosecondsPerSecond + 3600
        plane.kernel.handOver((0..<4).map { Frame($0, of: UInt8(1 + $0 % 2), second: later) })
        plane.loop.turn()
        plane.commands.filterIsKnown()
        plane.loop.end()
        plane.writers[0].work()
        #expect(plane.numbers() == [1, 3])
        plane.expectBalance()
    }

    @Test("A command that no packet can apply is applied after a second, when the ring is empty")
    func overdue() throws {
        var plane = try DataPlane()
        let sealed = Atomic(0)
        plane.kernel.handOver([Frame(0)])
        plane.loop.turn()
        plane.commands.give(.rotate(SegmentRotation(capture: "capture0") { _ in sealed.add(1, ordering: .relaxed) }))
        plane.kernel.pretend(received: 1)  // a packet that never appears
        plane.loop.turn()
        plane.writers[0].work()
        #expect(sealed.load(ordering: .relaxed) == 0)
        let (writer, began) = (plane.writers[0], Clock.monotonic())
        try eventually("the rotation") {
            plane.loop.turn()
            writer.work()
            return sealed.load(ordering: .relaxed) == 1
        }
        #expect(Clock.monotonic() - began > 900_000_000)
        plane.commands.abandon()
        plane.loop.end()
    }

    @Test("A change during a wait for a buffer is acknowledged, and applies to later packets")
    func changeWhileWaiting() throws {
        var plane = try DataPlane(buffers: BufferGeometry(size: 16384, count: 2))
        let (kernel, writer, commands) = (plane.kernel, plane.writers[0], plane.commands)
        let isKnown = Atomic(false)
        kernel.handOver((0..<60).map { Frame(UInt32($0), length: 900) })
        let classifier = try DataPlane.classifier([2])
        var looks = 0
        kernel.onStatistics = {
            looks += 1
            if looks == 1 {
                var change = TapChange(classifier: classifier)
                change.acknowledge = { isKnown.store(true, ordering: .relaxed) }
                commands.give(.change(change))
            } else if isKnown.load(ordering: .relaxed) || looks > 50 {
                writer.work()
            }
        }
        plane.loop.turn()
        let isAcknowledged = isKnown.load(ordering: .relaxed)
        #expect(isAcknowledged)
        let later = Clock.wall() / .nanosecondsPerSecond + 3600
        kernel.handOver((60..<64).map { Frame(UInt32($0), of: UInt8(1 + $0 % 2), second: later) })
        plane.loop.turn()
        plane.loop.end()
        writer.work()
        #expect(plane.numbers() == (0..<60).map { UInt32($0) } + [61, 63])
    }

    @Test("A capture that continues with another rule keeps its segment; its order in the tap may change")
    func changedRules() throws {
        var plane = try DataPlane([1, 2])
        plane.kernel.handOver((0..<4).map { Frame($0, of: UInt8(1 + $0 % 2)) })
        plane.loop.turn()
        var change = TapChange(classifier: try DataPlane.classifier([1, 2]))
        var rule = plane.writers[1].rule
        rule.rotation = Rotation(packets: 3)
        let catalog = SegmentCatalog(
            .everything, found: Adoption(capture: "a", path: "/nowhere", device: 0), reserve: FreeSpaceGuard())
        change.rules = [(1, rule, catalog)]
        plane.commands.give(.change(change))
        plane.loop.turn()
        let later = Clock.wall() / .nanosecondsPerSecond + 3600
        plane.kernel.handOver((4..<10).map { Frame($0, of: UInt8(1 + $0 % 2), second: later) })
        plane.loop.turn()
        plane.loop.end()
        for writer in plane.writers { writer.work() }
        #expect(plane.writers[0].segments.map(\.numbers) == [[0, 2, 4, 6, 8]])
        #expect(plane.writers[1].segments.map(\.numbers) == [[1, 3, 5], [7, 9]])
        #expect(plane.writers[1].commands == ["change capture1", "seal", "seal", "end"])
    }
}
