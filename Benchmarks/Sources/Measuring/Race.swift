import Glibc

/// Several ways to do the same work, measured by turns, so that whatever else the machine does hits all of them alike; and in
/// this thread's processor time, so that the time others had the processor does not count.
public struct Race {
    /// Nanoseconds for one unit of work, by round and runner.
    private var rounds: [[Double]] = []

    /// Each runner does `units` units of work when called, and returns what came of it, which must be the same for all. Every
    /// round starts with another runner.
    public init(rounds count: Int, units: Int, _ runners: [() -> Int]) throws(Failure) {
        for round in 0..<count {
            var times = [Double](repeating: 0, count: runners.count)
            var results: Set<Int> = []
            for turn in runners.indices {
                let runner = (round + turn) % runners.count
                let start = processorTime()
                results.insert(runners[runner]())
                times[runner] = (processorTime() - start) / Double(units)
            }
            guard results.count == 1 else { throw Failure("the runners have different results: \(results)") }
            rounds.append(times)
        }
    }

    /// Nanoseconds for one unit of work: the median of the rounds.
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
