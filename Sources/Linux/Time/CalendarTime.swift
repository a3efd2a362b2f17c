import Glibc

/// A second as a date and a time of day, in UTC. See gmtime(3).
package struct CalendarTime: Equatable, Sendable {
    package var year, month, day, hour, minute, second: Int

    package init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// Converts seconds since 1970.
    package init(secondsSince1970 seconds: Int64) {
        var seconds = Int(seconds)
        var parts = unsafe tm()
        unsafe _ = gmtime_r(&seconds, &parts)
        unsafe (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        unsafe (hour, minute, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
    }

    /// Seconds since 1970. A date that does not exist continues into the next month.
    package var secondsSince1970: Int64 {
        var parts = unsafe tm()
        unsafe (parts.tm_year, parts.tm_mon, parts.tm_mday) = (CInt(year - 1900), CInt(month - 1), CInt(day))
        unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec) = (CInt(hour), CInt(minute), CInt(second))
        return unsafe Int64(timegm(&parts))
    }
}

extension Int {
    /// The number in decimal, padded with zeros to at least `width` digits.
    package func padded(to width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
