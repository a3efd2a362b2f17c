import CLinux
import Glibc
import SystemPackage

/// Checks that the process can still get a resource, before a step that could otherwise fail halfway, or for which a
/// library ends the process. Another process may take the resource in between.
package enum Headroom {
    /// Throws EMFILE unless `count` more descriptors can be opened. Opens none, because other threads need theirs. See
    /// getrlimit(2), RLIMIT_NOFILE.
    package static func checkDescriptors(_ count: Int, for purpose: String) throws(SystemError) {
        var free = 0
        for number in 0..<Descriptor.limit {
            if fcntl(number, F_GETFD) == -1 { free += 1 }
            if free >= count { return }
        }
        throw SystemError(
            "open files for", purpose, .tooManyOpenFiles,
            advice: "\(count) descriptors are needed and \(free) are free: raise LimitNOFILE= or 'ulimit -n'")
    }

    /// Throws EAGAIN unless `count` more threads can be created: creates them and ends them. See pthread_create(3).
    package static func checkThreads(_ count: Int, for purpose: String) throws(SystemError) {
        let gate = Monitor(false)
        var threads: [Waiting] = []
        // Each thread waits until all of them exist.
        defer { gate.update { $0 = true } }
        do throws(SystemError) {
            for _ in 0..<count { threads.append(try Waiting(gate)) }
        } catch {
            throw SystemError(
                "start \(count) threads for", purpose, error.errno,
                advice: error.advice.map { "\(threads.count) were started: \($0)" })
        }
    }

    /// A thread that waits for a gate to open. Releasing it joins the thread.
    private final class Waiting {
        let thread: DedicatedThread

        init(_ gate: Monitor<Bool>) throws(SystemError) {
            thread = try DedicatedThread("trial", state: gate) { gate in
                _ = gate.wait(until: nil) { $0 ? true : nil }
            }
        }
    }

    /// Makes all threads allocate from one heap. Call it before the first thread is created. By default the C library
    /// gives each thread a heap of its own, for which it takes 128 MiB of address space, or single pages if it gets
    /// none. With a limit on the address space a new thread's first allocation may then fail, which ends the process.
    /// See mallopt(3), M_ARENA_MAX.
    package static func shareHeap() { holdfast_share_heap() }

    /// Throws ENOMEM unless `bytes` more of address space are available, and unless the control group lets this process
    /// have `total` bytes of memory, which includes what it has: beyond the limit the kernel kills it. See mmap(2),
    /// getrlimit(2), RLIMIT_AS, cgroups(7).
    package static func checkMemory(_ bytes: Int, total: Int, for purpose: String) throws(SystemError) {
        if let available = MemoryGroup()?.available {
            let most = max(0, available + ProcessUsage.anonymousBytes)
            if most < total {
                throw SystemError(
                    "get memory for", purpose, .noMemory,
                    advice: "the process needs up to \(total >> 20) MiB, and its control group allows \(most >> 20) "
                        + "MiB: raise MemoryMax= or the container's limit, or make buffers smaller")
            }
        }
        do throws(SystemError) {
            _ = try Mapping(reserving: bytes)
        } catch {
            throw SystemError(
                "allocate memory for", purpose, error.errno,
                advice: "\(bytes >> 20) MiB are needed: raise 'ulimit -v' or LimitAS=, or make buffers smaller")
        }
    }
}
