import Glibc
import Linux
import Synchronization
import Testing

@Suite("Threads and their shared state")
struct ThreadTests {
    /// A noncopyable value, so that passing it on transfers it.
    struct Token: ~Copyable, Sendable { var number: Int }

    @Test("A thread owns its state and has ended when its owner is released")
    func ownsItsState() throws {
        let sum = Atomic(0)
        let isReleased = Atomic(false)
        do {
            let thread = try DedicatedThread("adder", state: Token(number: 41)) { token in
                spin { isReleased.load(ordering: .acquiring) }
                // The owner is about to be released, and waits for the thread.
                for _ in 0..<1000 { sched_yield() }
                sum.add(token.number + 1, ordering: .relaxed)
            }
            isReleased.store(true, ordering: .releasing)
            _ = consume thread
        }
        #expect(sum.load(ordering: .relaxed) == 42)
    }

    @Test("Threads block the signals that belong to the control plane")
    func blocksSignals() throws {
        let wanted = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD]
        let before = wanted.map(isBlocked)
        let blocked = Atomic(0)
        let thread = try DedicatedThread("quiet", state: Token(number: 0)) { _ in
            blocked.store(wanted.count(where: isBlocked), ordering: .relaxed)
        }
        thread.join()
        #expect(blocked.load(ordering: .relaxed) == 5)
        #expect(wanted.map(isBlocked) == before, "the starting thread has its signals as before")
    }

    @Test("A monitor hands over every value once, in order")
    func handsOver() throws {
        struct Queue: ~Copyable { var values: [Int] = []; var isClosed = false }
        let queue = Monitor(Queue())
        let producer = try DedicatedThread("producer", state: Token(number: 100_000)) { token in
            for value in 0..<token.number { queue.update { $0.values.append(value) } }
            queue.update { $0.isClosed = true }
        }
        var received: [Int] = []
        while let batch = queue.wait(
            until: nil,
            for: { queue -> [Int]?? in
                if queue.values.isEmpty { return queue.isClosed ? .some(nil) : nil }
                defer { queue.values = [] }
                return queue.values
            }) ?? nil
        {
            received += batch
        }
        producer.join()
        #expect(received == Array(0..<100_000))
    }

    @Test("Waiting ends at the deadline, and a deadline in the past evaluates once")
    func waitEnds() {
        let monitor = Monitor(7)
        #expect(monitor.wait(until: 0, for: { $0 == 7 ? $0 : nil }) == 7)
        #expect(monitor.wait(until: 0, for: { $0 == 8 ? $0 : nil }) == nil)
        #expect(monitor.wait(until: Clock.monotonic() + 1_000_000, for: { $0 == 8 ? $0 : nil }) == nil)
    }

    @Test("A raised flag is visible to a load and to poll until it is lowered")
    func event() throws {
        let event = try WakeupFlag()
        #expect(!event.isRaised)
        #expect(poll([event.number, -1, -1], timeout: 0)[0] == 0)
        event.raise()
        event.raise()
        #expect(event.isRaised)
        #expect(poll([-1, event.number, -1], timeout: nil)[1] != 0)
        event.lower()
        #expect(!event.isRaised)
        #expect(poll([event.number, -1, -1], timeout: 0)[0] == 0)
    }

    @Test("Concurrent raising and lowering never leaves the descriptor readable with the flag cleared")
    func eventRace() throws {
        let (event, rounds) = (try WakeupFlag(), 1_000_000)
        // The round that may begin, and the last round in which the flag was raised.
        let begun = Atomic(0)
        let raised = Atomic(0)
        let raiser = try DedicatedThread("raiser", state: Token(number: rounds)) { token in
            for round in 1...token.number {
                spin { begun.load(ordering: .acquiring) >= round }
                event.raise()
                raised.store(round, ordering: .releasing)
            }
        }
        var stuck = 0
        for round in 1...rounds {
            begun.store(round, ordering: .releasing)
            // Lowered as soon as it is visible, possibly before `raise` has returned.
            spin { event.isRaised }
            event.lower()
            spin { raised.load(ordering: .acquiring) >= round }
            if !event.isRaised && poll([event.number, -1, -1], timeout: 0)[0] != 0 { stuck += 1 }
            event.lower()
        }
        raiser.join()
        #expect(stuck == 0)
    }

    @Test("A timer fires for a time in the past, and not when it is disarmed")
    func timer() throws {
        var timer = try WallTimer()
        timer.arm(at: Clock.wall() / 1_000_000_000 - 5)
        #expect(poll([timer.number, -1, -1], timeout: nil)[0] != 0)
        timer.acknowledge()
        #expect(poll([timer.number, -1, -1], timeout: 0)[0] == 0)
        timer.arm(at: Clock.wall() / 1_000_000_000 - 5)
        timer.arm(at: nil)
        #expect(poll([timer.number, -1, -1], timeout: 0)[0] == 0)
    }
}

/// Waits for another thread without sleeping, as long as that thread has a processor of its own.
private func spin(until isThere: () -> Bool) {
    var looks = 0
    while !isThere() {
        looks += 1
        if looks.isMultiple(of: 1000) { sched_yield() }
    }
}

/// Whether the calling thread blocks a signal.
private func isBlocked(_ signal: CInt) -> Bool {
    var mask = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    return unsafe sigismember(&mask, signal) == 1
}
