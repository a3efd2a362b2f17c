import CLinux
import Glibc

/// Sleeps until one of three descriptors has something to say, or for `timeout` nanoseconds; nil: for as long as it takes.
///
/// Returns what poll(2) returned for each: 0 where nothing happened. Three, because a drain thread waits for packets,
/// for the time, and for orders. Where the kernel has no memory to poll, nothing happened for a hundredth of a second: who polls in
/// a loop looks at its work a hundred times a second then.
public func poll(_ descriptors: [3 of CInt], timeout: UInt64?) -> [3 of Int16] {
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
