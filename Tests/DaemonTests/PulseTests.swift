import Capture
import Testing

@testable import Daemon

/// Whether threads go on.
struct PulseTests {
    private static let second: UInt64 = 1_000_000_000
    private var pulse = Pulse()

    private mutating func look(_ step: ThreadStep, at seconds: UInt64, tap: Int = 0) -> Pulse.Finding {
        pulse.look(at: [Pulse.Thread(tap: tap, name: "tap on eth0", step: step)], now: seconds * PulseTests.second)
    }

    @Test mutating func `who waits goes on, for as long as it takes`() {
        for time: UInt64 in [0, 1, 1_000_000] {
            #expect(look(ThreadStep(.waiting, number: 7), at: time) == Pulse.Finding())
        }
    }

    @Test mutating func `who is at work must be at another step at the next look`() {
        #expect(look(ThreadStep(.working, number: 7), at: 0) == Pulse.Finding())
        #expect(look(ThreadStep(.working, number: 8), at: 5) == Pulse.Finding())
        #expect(look(ThreadStep(.working, number: 8), at: 10).hanging == ["tap on eth0"])
        #expect(look(ThreadStep(.working, number: 9), at: 15) == Pulse.Finding())
    }

    @Test mutating func `the disk may take long, and is told how long`() {
        #expect(look(ThreadStep(.storing, number: 7), at: 100) == Pulse.Finding())
        #expect(look(ThreadStep(.storing, number: 7), at: 104) == Pulse.Finding())
        let finding = look(ThreadStep(.storing, number: 7), at: 161)
        #expect(finding.hanging.isEmpty && finding.stalled == [Pulse.Stall(thread: "tap on eth0", seconds: 61)])
        #expect(look(ThreadStep(.storing, number: 9), at: 162) == Pulse.Finding())
    }

    @Test mutating func `two threads of one name are two`() {
        func threads(_ numbers: [UInt64]) -> [Pulse.Thread] {
            numbers.map { Pulse.Thread(tap: 0, name: "capture a on eth0", step: ThreadStep(.working, number: $0)) }
        }
        #expect(pulse.look(at: threads([7, 8]), now: 0) == Pulse.Finding())
        #expect(pulse.look(at: threads([8, 9]), now: 5 * PulseTests.second) == Pulse.Finding())
        #expect(pulse.look(at: threads([8, 10]), now: 10 * PulseTests.second).hanging == ["capture a on eth0"])
    }

    @Test mutating func `a thread of another tap is another one, whatever its name`() {
        #expect(look(ThreadStep(.working, number: 7), at: 0) == Pulse.Finding())
        #expect(look(ThreadStep(.working, number: 7), at: 5, tap: 1) == Pulse.Finding())
    }
}
