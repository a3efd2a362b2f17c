import Counters
import Testing

/// The tables of counters, and the values that hold their counts.
struct CountsTests {
    @Test("The names of counters never change, because clients and alerts depend on them")
    func names() {
        let tap = ["received", "drained", "ring_dropped", "ring_freezes"]
        let capture = ["matched", "written", "hold_dropped", "disk_dropped", "truncated"]
        #expect(Set(TapCounter.allCases.map(\.name)).isSuperset(of: tap))
        #expect(Set(CaptureCounter.allCases.map(\.name)).isSuperset(of: capture))
        #expect(TapCounter.losses == [.ringDropped] && CaptureCounter.losses == [.holdDropped, .diskDropped])
    }

    @Test("A table has one input, its first counter, and a sentence for each counter")
    func tables() {
        func expectComplete<Counter: Counters.Counter>(_: Counter.Type) {
            let rows = Counter.allCases.map(\.row)
            #expect(rows.map { $0.role == .input } == [true] + rows.dropFirst().map { _ in false })
            #expect(Set(rows.map(\.help)).count == rows.count && rows.allSatisfy { $0.help.hasSuffix(".") })
            #expect(Set(Counter.allCases.map(\.name)).count == rows.count)
        }
        expectComplete(TapCounter.self)
        expectComplete(CaptureCounter.self)
    }

    @Test("Every counter has a number of its own in a value, and a sum adds each to its equal")
    func sums() {
        func expectSeparate<Counter: Counters.Counter>(_: Counter.Type) {
            var counts = Counts<Counter>()
            for counter in Counter.allCases {
                #expect(counts[counter] == 0)
                counts[counter] += UInt64(1 + counter.rawValue)
            }
            let sum = counts + counts
            for counter in Counter.allCases { #expect(sum[counter] == UInt64(2 + 2 * counter.rawValue)) }
            for counter in Counter.allCases {
                var other = counts
                other[counter] += 1
                #expect(other != counts)
            }
        }
        expectSeparate(TapCounter.self)
        expectSeparate(CaptureCounter.self)
    }

    @Test("In flight is the input without outputs and losses (I2, I3)")
    func balance() {
        let tap: TapCounts = [.received: 100, .drained: 60, .ringDropped: 30, .ringFreezes: 7]
        #expect(tap.inFlight == 10 && tap.lost == 30)
        let capture: CaptureCounts = [
            .matched: 100, .written: 60, .holdDropped: 20, .diskDropped: 10, .truncated: 100,
        ]
        #expect(capture.inFlight == 10 && capture.lost == 30)
        #expect(([.written: 3] as CaptureCounts).inFlight == -3)
    }
}
