import CLinux
import Glibc

/// The processors of the data plane's threads, used in turn. An empty list leaves the choice to the kernel.
package struct Processors: Equatable, Sendable {
    package var drain: [Int]
    package var writer: [Int]

    package init(drain: [Int] = [], writer: [Int] = []) { (self.drain, self.writer) = (drain, writer) }

    /// The processors that this process may run on. See sched_getaffinity(2), cpuset(7).
    package static var allowed: [Int] {
        (0..<sysconf(CInt(_SC_NPROCESSORS_CONF))).filter { holdfast_may_run_on(CInt($0)) != 0 }
    }

    /// The processor of a tap's drain thread.
    package func drain(worker: Int) -> Int? { drain.isEmpty ? nil : drain[worker % drain.count] }

    /// The processor of a writer thread, by its position in its tap.
    package func writer(worker: Int, place: Int) -> Int? {
        writer.isEmpty ? nil : writer[(worker + place) % writer.count]
    }
}
