import Counters
import Synchronization
import Testing

@testable import Capture

@Suite("The counts of a capture that two threads count and others read")
struct CaptureCountersTests {
    @Test("Each count is that of the thread or meter that counts it")
    func owners() {
        let counters = CaptureCounters()
        counters.publish([.matched: 10, .holdDropped: 3, .truncated: 1])
        counters.holdLosses.add(3, from: 1, to: 2)
        counters.diskLosses.add(2, from: 1, to: 2)
        counters.add(4, to: .written)
        let expected: CaptureCounts = [
            .matched: 10, .written: 4, .holdDropped: 3, .diskDropped: 2, .truncated: 1,
        ]
        #expect(counters.counts == expected && counters.counts.inFlight == 1)

        let tap = TapCounters()
        tap.publish([.received: 10, .drained: 7, .ringDropped: 2, .ringFreezes: 1])
        tap.ringLosses.add(2, from: 1, to: 2)
        #expect(tap.counts == [.received: 10, .drained: 7, .ringDropped: 2, .ringFreezes: 1])
    }

    @Test("A reading counts no packet as written or dropped that it does not count as matched (I3)")
    func consistency() async {
        let (counters, rounds) = (CaptureCounters(), 100_000)
        let handover = Handover()
        await withTaskGroup(of: Int.self) { group in
            group.addTask {
                var counts = CaptureCounts()
                for round in 1...rounds {
                    counts[.matched] += 3
                    counts[.holdDropped] += 1
                    counters.publish(counts)
                    counters.holdLosses.add(1, from: 1, to: 1)
                    handover.rounds.store(round, ordering: .releasing)
                }
                return 0
            }
            group.addTask {
                var done = 0
                while done < rounds {
                    let ready = handover.rounds.load(ordering: .acquiring)
                    counters.add(UInt64(ready - done), to: .written)
                    counters.diskLosses.add(UInt64(ready - done), from: 1, to: 1)
                    if done == ready { await Task.yield() }
                    done = ready
                }
                return 0
            }
            group.addTask { (0..<rounds).count { _ in counters.counts.inFlight < 0 } }
            #expect(await group.reduce(0, +) == 0)
        }
        #expect(counters.counts.inFlight == 0 && counters.counts[.written] == UInt64(rounds))
    }
}

/// The rounds whose packets the drain thread has handed to the writer, in place of an exchange.
private final class Handover: Sendable {
    let rounds = Atomic(0)
}
