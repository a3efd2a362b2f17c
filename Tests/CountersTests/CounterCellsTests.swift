import Counters
import Testing

/// The counts of one thread, and their readers.
struct CounterCellsTests {
    @Test("A reader sees what was published and added")
    func publishing() {
        let cells = CounterCells<CaptureCounter>()
        #expect(cells.counts == [:])
        cells.publish([.matched: 5, .truncated: 2])
        cells.add(3, to: .written)
        cells.add(1, to: .written)
        #expect(cells.counts == [.matched: 5, .written: 4, .truncated: 2])
    }

    @Test("A reading never has more packets on the way out than on the way in, while another thread publishes")
    func consistency() async {
        let cells = SharedCells()
        await withTaskGroup(of: Int.self) { group in
            group.addTask {
                var counts = TapCounts()
                for _ in 0..<300_000 {
                    counts[.received] += 2
                    counts[.drained] += 1
                    counts[.ringDropped] += 1
                    cells.cells.publish(counts)
                }
                return 0
            }
            group.addTask { (0..<300_000).count { _ in cells.cells.counts.inFlight < 0 } }
            #expect(await group.reduce(0, +) == 0)
        }
        #expect(cells.cells.counts == [.received: 600_000, .drained: 300_000, .ringDropped: 300_000])
    }
}

private final class SharedCells: Sendable {
    let cells = CounterCells<TapCounter>()
}
