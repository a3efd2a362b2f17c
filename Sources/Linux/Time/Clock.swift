import CLinux
import Glibc

/// The clocks of the daemon: the monotonic clock for durations, the wall clock for packets and names, the elapsed
/// clock for ages.
package enum Clock {
    /// The monotonic clock, in nanoseconds, for durations (CLOCK_MONOTONIC).
    package static func monotonic() -> UInt64 {
        let now = read(CLOCK_MONOTONIC)
        return UInt64(now.tv_sec) * .nanosecondsPerSecond + UInt64(now.tv_nsec)
    }

    /// The wall clock, in nanoseconds since 1970, UTC: the clock of packet timestamps. It may be set in either
    /// direction (CLOCK_REALTIME).
    package static func wall() -> Int64 {
        let now = read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * .nanosecondsPerSecond + Int64(now.tv_nsec)
    }

    /// A monotonic clock that includes the time in which the machine sleeps, in nanoseconds, for ages
    /// (CLOCK_BOOTTIME).
    package static func elapsed() -> Int64 {
        let now = read(CLOCK_BOOTTIME)
        return Int64(now.tv_sec) * .nanosecondsPerSecond + Int64(now.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        unsafe _ = clock_gettime(clock, &now)
        return now
    }
}

/// A moment on two clocks: the wall clock, to compare with names and files, and the elapsed clock, to measure
/// durations.
package struct Instant: Equatable, Sendable {
    /// Nanoseconds since 1970 by the wall clock, which may be set.
    package var wall: Int64
    /// Nanoseconds since the system started (`Clock.elapsed`).
    package var elapsed: Int64

    package init(wall: Int64, elapsed: Int64) { (self.wall, self.elapsed) = (wall, elapsed) }

    package static var now: Instant { Instant(wall: Clock.wall(), elapsed: Clock.elapsed()) }
}
