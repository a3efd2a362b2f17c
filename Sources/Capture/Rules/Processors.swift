import CLinux
import Glibc

/// Which processors the threads of the data plane run on, in turn; none named: wherever the kernel puts them.
public struct Processors: Equatable, Sendable {
    public var drain: [Int]
    public var writer: [Int]

    public init(drain: [Int] = [], writer: [Int] = []) { (self.drain, self.writer) = (drain, writer) }

    /// Those that this process may run on. See sched_getaffinity(2), cpuset(7).
    public static var allowed: [Int] {
        (0..<sysconf(CInt(_SC_NPROCESSORS_CONF))).filter { holdfast_may_run_on(CInt($0)) != 0 }
    }

    /// The processor of a tap's drain thread.
    func drain(worker: Int) -> Int? { drain.isEmpty ? nil : drain[worker % drain.count] }

    /// The processor of a writer thread, by its place among those of its tap.
    func writer(worker: Int, place: Int) -> Int? { writer.isEmpty ? nil : writer[(worker + place) % writer.count] }
}
