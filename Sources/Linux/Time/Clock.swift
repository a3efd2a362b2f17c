import CLinux
import Glibc

/// The two clocks of a capture daemon: one that only goes forward, for ages; one that the packets carry, for names.
public enum Clock {
    /// Nanoseconds that only go forward, for how long something has waited (CLOCK_MONOTONIC).
    public static func monotonic() -> UInt64 {
        let now = read(CLOCK_MONOTONIC)
        return UInt64(now.tv_sec) * .nanosecondsPerSecond + UInt64(now.tv_nsec)
    }

    /// Nanoseconds since 1970 in UTC, the clock of packet time stamps; may be set in either direction (CLOCK_REALTIME).
    public static func wall() -> Int64 {
        let now = read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * .nanosecondsPerSecond + Int64(now.tv_nsec)
    }

    /// Nanoseconds that only go forward, also while the machine sleeps, for how old something is (CLOCK_BOOTTIME).
    public static func elapsed() -> Int64 {
        let now = read(CLOCK_BOOTTIME)
        return Int64(now.tv_sec) * .nanosecondsPerSecond + Int64(now.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        unsafe _ = clock_gettime(clock, &now)
        return now
    }
}

/// A moment by two clocks: what names and files say can be compared with one, how much time has passed is told by the other.
public struct Instant: Equatable, Sendable {
    /// Nanoseconds since 1970, by the wall clock, which may be set.
    public var wall: Int64
    /// Nanoseconds since the system started, by a clock that only goes forward.
    public var elapsed: Int64

    public init(wall: Int64, elapsed: Int64) { (self.wall, self.elapsed) = (wall, elapsed) }

    public static var now: Instant { Instant(wall: Clock.wall(), elapsed: Clock.elapsed()) }
}
