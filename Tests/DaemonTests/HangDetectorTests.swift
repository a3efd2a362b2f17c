import Capture
import Testing

@testable import Daemon

/// Whether threads go on.
struct HangDetectorTests {
    private static let second: UInt64 = 1_000_000_000
    private var pulse = HangDetector()

    private mutating func look(_ step: ThreadStep, at seconds: UInt64, tap: Int = 0) -> HangDetector.Finding {
        pulse.look(
            at: [HangDetector.Thread(tap: tap, name: "tap on eth0", step: step)],
            now: seconds * HangDetectorTests.second)
    }

    @Test mutating func `who waits goes on, for as long as it takes`() {
        for time: UInt64 in [0, 1, 1_000_000] {
            #expect(look(ThreadStep(.waiting, number: 7), at: time) == HangDetector.Finding())
        }
    }

    @Test mutating func `who is at work must be at another step at the next look`() {
        #expect(look(ThreadStep(.working, number: 7), at: 0) == HangDetector.Finding())
        #expect(look(ThreadStep(.working, number: 8), at: 5) == HangDetector.Finding())
        #expect(look(ThreadStep(.working, number: 8), at: 10).hanging == ["tap on eth0"])
        #expect(look(ThreadStep(.working, number: 9), at: 15) == HangDetector.Finding())
    }

    @Test mutating func `the disk may take long, and is told how long`() {
        #expect(look(ThreadStep(.storing, number: 7), at: 100) == HangDetector.Finding())
        #expect(look(ThreadStep(.storing, number: 7), at: 104) == HangDetector.Finding())
        let finding = look(ThreadStep(.storing, number: 7), at: 161)
        #expect(finding.hanging.isEmpty && finding.stalled == [HangDetector.Stall(thread: "tap on eth0", seconds: 61)])
        #expect(look(ThreadStep(.storing, number: 9), at: 162) == HangDetector.Finding())
    }

    @Test mutating func `two threads of one name are two`() {
        func threads(_ numbers: [UInt64]) -> [HangDetector.Thread] {
            numbers.map {
                HangDetector.Thread(tap: 0, name: "capture a on eth0", step: ThreadStep(.working, number: $0))
            }
        }
        #expect(pulse.look(at: threads([7, 8]), now: 0) == HangDetector.Finding())
        #expect(pulse.look(at: threads([8, 9]), now: 5 * HangDetectorTests.second) == HangDetector.Finding())
        #expect(pulse.look(at: threads([8, 10]), now: 10 * HangDetectorTests.second).hanging == ["capture a on eth0"])
    }

    @Test mutating func `a thread of another tap is another one, whatever its name`() {
        #expect(look(ThreadStep(.working, number: 7), at: 0) == HangDetector.Finding())
        #expect(look(ThreadStep(.working, number: 7), at: 5, tap: 1) == HangDetector.Finding())
    }
}
