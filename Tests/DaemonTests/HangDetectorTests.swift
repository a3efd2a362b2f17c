import Capture
import Testing

@testable import Daemon

/// Detection of threads that hang.
struct HangDetectorTests {
    private static let second: UInt64 = 1_000_000_000
    private var pulse = HangDetector()

    private mutating func look(_ step: ThreadStep, at seconds: UInt64, tap: Int = 0) -> HangDetector.Finding {
        pulse.look(
            at: [HangDetector.Thread(tap: tap, name: "tap on eth0", step: step)],
            now: seconds * HangDetectorTests.second)
    }

    @Test("A waiting thread makes progress, however long it waits")
    mutating func waiting() {
        for time: UInt64 in [0, 1, 1_000_000] {
            #expect(look(ThreadStep(.waiting, number: 7), at: time) == HangDetector.Finding())
        }
    }

    @Test("A working thread hangs if it is at the same step at the next check")
    mutating func working() {
        #expect(look(ThreadStep(.working, number: 7), at: 0) == HangDetector.Finding())
        #expect(look(ThreadStep(.working, number: 8), at: 5) == HangDetector.Finding())
        #expect(look(ThreadStep(.working, number: 8), at: 10).hanging == ["tap on eth0"])
        #expect(look(ThreadStep(.working, number: 9), at: 15) == HangDetector.Finding())
    }

    @Test("A thread that waits for the disk does not hang, and a long wait is reported")
    mutating func storing() {
        #expect(look(ThreadStep(.storing, number: 7), at: 100) == HangDetector.Finding())
        #expect(look(ThreadStep(.storing, number: 7), at: 104) == HangDetector.Finding())
        let finding = look(ThreadStep(.storing, number: 7), at: 161)
        #expect(finding.hanging.isEmpty && finding.stalled == [HangDetector.Stall(thread: "tap on eth0", seconds: 61)])
        #expect(look(ThreadStep(.storing, number: 9), at: 162) == HangDetector.Finding())
    }

    @Test("Two threads with one name are distinct")
    mutating func sameName() {
        func threads(_ numbers: [UInt64]) -> [HangDetector.Thread] {
            numbers.map {
                HangDetector.Thread(tap: 0, name: "capture a on eth0", step: ThreadStep(.working, number: $0))
            }
        }
        #expect(pulse.look(at: threads([7, 8]), now: 0) == HangDetector.Finding())
        #expect(pulse.look(at: threads([8, 9]), now: 5 * HangDetectorTests.second) == HangDetector.Finding())
        #expect(pulse.look(at: threads([8, 10]), now: 10 * HangDetectorTests.second).hanging == ["capture a on eth0"])
    }

    @Test("Threads of different taps are distinct, whatever their names")
    mutating func otherTap() {
        #expect(look(ThreadStep(.working, number: 7), at: 0) == HangDetector.Finding())
        #expect(look(ThreadStep(.working, number: 7), at: 5, tap: 1) == HangDetector.Finding())
    }
}
