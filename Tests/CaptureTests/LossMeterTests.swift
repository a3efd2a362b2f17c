import Counters
import Linux
import Synchronization
import TestSupport
import Testing

@testable import Capture

@Suite("A counter of drops and its episodes")
struct LossMeterTests {
    private static let subject = LossSubject(tap: 1, worker: 0, interface: "eth0", capture: "dns")

    @Test(
        "The first drop begins one reported episode, later drops extend it, and a drop after its end begins another")
    func episodes() throws {
        let meter = LossMeter(.hold)
        let begun = Mutex<[LossSubject]>([])
        meter.attach(LossMeterTests.subject) { event in
            if case .lossBegan(_, let subject) = event { begun.withLock { $0.append(subject) } }
        }
        meter.add(0, from: 1, to: 2)
        #expect(meter.reading == LossMeter.Reading(total: 0, open: nil, subject: LossMeterTests.subject))
        meter.add(2, from: 10, to: 20)
        meter.add(3, from: 30, to: 40)
        let open = try #require(meter.reading.open)
        #expect((open.from, open.to, open.packets, open.cause) == (10, 40, 5, .hold) && meter.total == 5)
        // If the clock was set back, the episode does not become shorter.
        meter.add(1, from: 5, to: 6)
        #expect(meter.reading.open?.to == 40)
        let ended = try #require(meter.end())
        #expect((ended.number, ended.packets) == (open.number, 6) && meter.end() == nil && meter.reading.open == nil)
        meter.add(4, from: 50, to: 60)
        #expect(meter.reading.open?.packets == 4 && meter.reading.open?.number != open.number && meter.total == 10)
        #expect(begun.withLock { $0 } == [LossMeterTests.subject, LossMeterTests.subject])
    }

    @Test("An episode ends only after a quiet time")
    func quiet() {
        let meter = LossMeter(.disk)
        let before = Clock.monotonic()
        meter.add(1, from: 1, to: 2)
        #expect(meter.end(ifQuietSince: before) == nil && meter.reading.open != nil)
        #expect(meter.end(ifQuietSince: Clock.monotonic()) != nil)
    }

    @Test("While one thread counts and another ends episodes, the episodes always sum to the counter")
    func identity() throws {
        let meter = LossMeter(.ring)
        let isDone = Atomic(false)
        let thread = try DedicatedThread("counts", state: meter) { meter in
            var random = SeededGenerator(stream: 31)
            for number in 0..<200_000 {
                meter.add(UInt64.random(in: 0...3, using: &random), from: Int64(number), to: Int64(number) + 1)
            }
            isDone.store(true, ordering: .releasing)
        }
        var (ended, episodes, looks): (UInt64, [UInt64], Int) = (0, [], 0)
        while true {
            let last = isDone.load(ordering: .acquiring)
            let reading = meter.reading
            #expect(reading.total == ended + (reading.open?.packets ?? 0))
            if let episode = meter.end() {
                ended += episode.packets
                episodes.append(episode.number)
            }
            looks += 1
            if last { break }
        }
        thread.join()
        #expect(ended == meter.total && looks > 1 && Set(episodes).count == episodes.count)
    }
}
