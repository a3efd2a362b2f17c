import Glibc

/// The two clocks of a capture daemon: one that only goes forward, for ages; one that the packets carry, for names.
public enum Clock {
    /// Nanoseconds that only go forward, for how long something has waited (CLOCK_MONOTONIC).
    public static func monotonic() -> UInt64 {
        let now = read(CLOCK_MONOTONIC)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    /// Nanoseconds since 1970 in UTC, the clock of packet time stamps; may be set in either direction (CLOCK_REALTIME).
    public static func wall() -> Int64 {
        let now = read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        unsafe _ = clock_gettime(clock, &now)
        return now
    }
}
