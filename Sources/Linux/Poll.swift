import CLinux
import Glibc

/// Sleeps until one of three descriptors has something to say, or for `timeout` nanoseconds; nil: for as long as it takes.
///
/// Returns what poll(2) returned for each: 0 where nothing happened. Three, because a drain thread waits for packets,
/// for the time, and for orders.
public func poll(_ descriptors: [3 of CInt], timeout: UInt64?) -> [3 of Int16] {
    var entries: [3 of pollfd] = .init { pollfd(fd: descriptors[$0], events: Int16(POLLIN), revents: 0) }
    unsafe withUnsafeMutableBytes(of: &entries) { bytes in
        let first = unsafe bytes.assumingMemoryBound(to: pollfd.self).baseAddress
        guard let first = unsafe first else { return }
        if let timeout {
            var limit = timespec(tv_sec: Int(timeout / 1_000_000_000), tv_nsec: Int(timeout % 1_000_000_000))
            unsafe _ = holdfast_ppoll(first, 3, &limit)
        } else {
            unsafe _ = holdfast_ppoll(first, 3, nil)
        }
    }
    return .init { entries[$0].revents }
}
