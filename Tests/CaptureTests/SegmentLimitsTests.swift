import Capture
import Rules
import Testing

@Suite("The limits of a segment")
struct SegmentLimitsTests {
    /// The number of packets in each segment, for records of 100 bytes at the given seconds.
    func segments(_ rotation: Rotation, seconds: [Int64]) -> [UInt64] {
        var ended: [UInt64] = []
        var open: SegmentLimits?
        for second in seconds {
            if let extent = open, !extent.takes(length: 100, second: second) {
                ended.append(extent.packets)
                open = nil
            }
            if open == nil { open = SegmentLimits(rotation, from: second, headerSize: 24) }
            open?.add(length: 100)
        }
        return ended + (open.map { [$0.packets] } ?? [])
    }

    @Test("A segment ends after exactly its number of packets")
    func packets() {
        #expect(segments(Rotation(packets: 3), seconds: Array(repeating: 5, count: 8)) == [3, 3, 2])
    }

    @Test("A segment ends before the packet that would exceed its size, and a packet that exceeds it alone is kept")
    func size() {
        #expect(segments(Rotation(size: 324), seconds: Array(repeating: 5, count: 7)) == [3, 3, 1])
        #expect(segments(Rotation(size: 323), seconds: Array(repeating: 5, count: 4)) == [2, 2])
        #expect(segments(Rotation(size: 64), seconds: [5, 5]) == [1, 1])
    }

    @Test("A segment ends at multiples of its interval, whatever the first timestamp")
    func time() {
        #expect(segments(Rotation(every: 60), seconds: [119, 119, 120, 179, 180, 300, 359]) == [2, 2, 1, 2])
        #expect(SegmentLimits(Rotation(every: 3600), from: 7205, headerSize: 24).interval == 7200..<10800)
    }

    @Test("The first limit that is reached ends a segment")
    func all() {
        let rotation = Rotation(size: 324, every: 60, packets: 2)
        #expect(segments(rotation, seconds: [59, 60, 60, 60, 61]) == [1, 2, 2])
    }

    @Test("A slightly late packet ends neither its own segment nor the next one")
    func late() {
        #expect(segments(Rotation(every: 60), seconds: [59, 60, 59, 60, 59, 61]) == [1, 5])
    }

    @Test("A clock that is set in either direction ends a segment once")
    func clockStep() {
        #expect(segments(Rotation(every: 60), seconds: [7300, 7301, 3701, 3702, 3703]) == [2, 3])
        #expect(segments(Rotation(every: 60), seconds: [3701, 3702, 7300, 7301]) == [2, 2])
        #expect(segments(Rotation(every: 60), seconds: [0, 1]) == [2])
    }

    @Test("A segment without limits does not end")
    func never() {
        #expect(segments(Rotation(), seconds: [0, 1 << 32, 5, 100]) == [4])
    }
}
