import CLinux
import Glibc

/// Waits until one of three descriptors is ready, for `timeout` nanoseconds at most; nil waits without limit.
///
/// Returns the events of poll(2) for each descriptor, 0 for none. There are three, because a drain thread waits for
/// packets, for the time and for commands. If the kernel lacks the memory for poll(2), the call returns no events
/// after 10 ms, so a loop still checks its work a hundred times per second.
package func poll(_ descriptors: [3 of CInt], timeout: UInt64?) -> [3 of Int16] {
    var entries: [3 of pollfd] = .init { pollfd(fd: descriptors[$0], events: Int16(POLLIN), revents: 0) }
    let result = unsafe withUnsafeMutableBytes(of: &entries) { bytes in
        let first = unsafe bytes.assumingMemoryBound(to: pollfd.self).baseAddress
        guard let first = unsafe first else { return CInt(0) }
        guard let timeout else { return unsafe holdfast_ppoll(first, 3, nil) }
        var limit = timespec(
            tv_sec: Int(timeout / .nanosecondsPerSecond), tv_nsec: Int(timeout % .nanosecondsPerSecond))
        return unsafe holdfast_ppoll(first, 3, &limit)
    }
    if result == -1 && errno != EINTR { usleep(10_000) }
    return .init { entries[$0].revents }
}
