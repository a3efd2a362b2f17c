import Glibc

/// Several ways to do the same work, measured in turn.
///
/// Other load on the machine therefore affects all of them alike. The unit is processor time of this thread, so the
/// time of other threads does not count.
public struct Race {
    /// Nanoseconds per packet, by round and runner.
    private var rounds: [[Double]] = []

    /// Measures the runners.
    ///
    /// A runner passes once over the packets it is given and returns a result, which must be the same for all runners.
    /// Each round starts with another runner.
    ///
    /// A runner passes many times over one block of packets before it gets the next block. The first bytes of the
    /// packets are therefore in the processor's cache, as they are for a tap, because the kernel has just written
    /// them.
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

    /// Nanoseconds per packet: the median of the rounds.
    public func time(of runner: Int) -> Double { rounds.map { $0[runner] }.median }

    /// The time of one runner relative to another: the median of the rounds' ratios.
    public func ratio(_ runner: Int, to other: Int) -> Double { rounds.map { $0[runner] / $0[other] }.median }
}

/// Processor time of this thread in nanoseconds. See clock_gettime(2).
private func processorTime() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

extension [Double] {
    public var median: Double { sorted()[count / 2] }
}
