import Glibc

/// Several ways to do the same work, measured by turns, so that whatever else the machine does hits all of them alike; and in
/// this thread's processor time, so that the time others had the processor does not count.
public struct Race {
    /// Nanoseconds for a packet, by round and runner.
    private var rounds: [[Double]] = []

    /// Each runner passes once over the packets it is given, and returns what came of it, which must be the same for all. Every
    /// round starts with another runner. A time is that of a packet.
    ///
    /// A runner passes many times over one block of packets before it gets the next. So their first bytes are in the
    /// processor's cache, as they are for a tap: the kernel has just written them.
    public init(rounds count: Int, passes: Int, over packets: SavedPackets, _ runners: [(SavedPackets) -> Int])
        throws(Failure)
    {
        let blocks = packets.blocks
        for round in 0..<count {
            var times = [Double](repeating: 0, count: runners.count)
            var results: Set<Int> = []
            for turn in runners.indices {
                let runner = (round + turn) % runners.count
                let start = processorTime()
                var result = 0
                for block in blocks {
                    for _ in 0..<passes { result += runners[runner](block) }
                }
                results.insert(result)
                times[runner] = (processorTime() - start) / Double(passes * packets.count)
            }
            guard results.count == 1 else { throw Failure("the runners have different results: \(results)") }
            rounds.append(times)
        }
    }

    /// Nanoseconds for a packet: the median of the rounds.
    public func time(of runner: Int) -> Double { rounds.map { $0[runner] }.median }

    /// How many times as long one runner takes as another: the median of the rounds' ratios.
    public func ratio(_ runner: Int, to other: Int) -> Double { rounds.map { $0[runner] / $0[other] }.median }
}

/// The nanoseconds that this thread has used. See clock_gettime(2).
private func processorTime() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

extension [Double] {
    public var median: Double { sorted()[count / 2] }
}
