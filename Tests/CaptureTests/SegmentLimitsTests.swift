import Capture
import Testing

@Suite("Where a segment ends")
struct SegmentLimitsTests {
    /// Records of 100 bytes at these seconds: how many of them each segment gets.
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

    @Test("By packets, exactly")
    func packets() {
        #expect(segments(Rotation(packets: 3), seconds: Array(repeating: 5, count: 8)) == [3, 3, 2])
    }

    @Test("By size, before the packet that would exceed it; one that exceeds it alone is kept")
    func size() {
        #expect(segments(Rotation(size: 324), seconds: Array(repeating: 5, count: 7)) == [3, 3, 1])
        #expect(segments(Rotation(size: 323), seconds: Array(repeating: 5, count: 4)) == [2, 2])
        #expect(segments(Rotation(size: 64), seconds: [5, 5]) == [1, 1])
    }

    @Test("By time, at multiples of the interval, whatever the first packet's time")
    func time() {
        #expect(segments(Rotation(every: 60), seconds: [119, 119, 120, 179, 180, 300, 359]) == [2, 2, 1, 2])
        #expect(SegmentLimits(Rotation(every: 3600), from: 7205, headerSize: 24).interval == 7200..<10800)
    }

    @Test("Whichever comes first")
    func all() {
        let rotation = Rotation(size: 324, every: 60, packets: 2)
        #expect(segments(rotation, seconds: [59, 60, 60, 60, 61]) == [1, 2, 2])
    }

    @Test("A packet that is a little late does not end the segment it is late for, nor the next")
    func late() {
        #expect(segments(Rotation(every: 60), seconds: [59, 60, 59, 60, 59, 61]) == [1, 5])
    }

    @Test("A clock that is set ends a segment once, in either direction")
    func clockStep() {
        #expect(segments(Rotation(every: 60), seconds: [7300, 7301, 3701, 3702, 3703]) == [2, 3])
        #expect(segments(Rotation(every: 60), seconds: [3701, 3702, 7300, 7301]) == [2, 2])
        #expect(segments(Rotation(every: 60), seconds: [0, 1]) == [2])
    }

    @Test("Without limits it never ends")
    func never() {
        #expect(segments(Rotation(), seconds: [0, 1 << 32, 5, 100]) == [4])
    }
}
