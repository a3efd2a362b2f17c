import Linux

/// A point in time on a command line: `2026-11-22T12:00:46Z`, `2026-11-22 12:00`, `12:00` of today, `today`,
/// `yesterday`, `now`, or an age such as `10min` or `7 days`. Times are in UTC.
package enum PointInTime {
    /// Completes the sentence "this is ...".
    package static let meaning =
        "a time (UTC) such as 2026-11-22T12:00, 2026-11-22, 12:00, today or yesterday, or an age, such as 10min"

    /// Parses `text` as nanoseconds since 1970; nil if it is not a point in time. `now` is the current time in the
    /// same unit.
    package static func nanoseconds(_ text: String, now: Int64) -> Int64? {
        let day: Int64 = 86_400_000_000_000
        let midnight = now - (now % day + day) % day
        switch text {
        case "now": return now
        case "today": return midnight
        case "yesterday": return midnight - day
        default: break
        }
        if let age = Units.milliseconds(text) {
            let (age, overflow) = Int64(age).multipliedReportingOverflow(by: 1_000_000)
            return overflow ? .min : now - min(age, now)
        }
        let parts = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard (1...2).contains(parts.count), parts.map(\.count).reduce(parts.count - 1, +) == text.count else {
            return nil
        }
        if parts.count == 1 {
            return date(parts[0]) ?? timeOfDay(parts[0]).map { midnight + $0 }
        }
        guard let date = date(parts[0]), let time = timeWithOffset(parts[1]) else { return nil }
        return date + time
    }

    /// Parses a time of day in UTC, or with an offset such as `+01:00` (RFC 3339), as nanoseconds since midnight in
    /// UTC.
    private static func timeWithOffset(_ text: Substring) -> Int64? {
        guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return timeOfDay(text) }
        let (local, offset) = (text[..<sign], text[text.index(after: sign)...])
        guard !local.hasSuffix("Z"), offset.count == 5, let time = timeOfDay(local), let ahead = timeOfDay(offset)
        else {
            return nil
        }
        return text[sign] == "+" ? time - ahead : time + ahead
    }

    /// Parses `2026-11-22`.
    private static func date(_ text: Substring) -> Int64? {
        let fields = text.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.map(\.count) == [4, 2, 2], let year = number(fields[0]), let month = number(fields[1]),
            let day = number(fields[2])
        else { return nil }
        let second = CalendarTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0).secondsSince1970
        let read = CalendarTime(secondsSince1970: second)
        guard (read.year, read.month, read.day) == (year, month, day), (1970..<2262).contains(year) else { return nil }
        return second * .nanosecondsPerSecond
    }

    /// Parses `12:00`, `12:00:46` or `12:00:46.123456789`, with or without a `Z`, as nanoseconds since midnight.
    private static func timeOfDay(_ text: Substring) -> Int64? {
        let whole = text.hasSuffix("Z") ? text.dropLast() : text
        let parts = whole.split(separator: ".", omittingEmptySubsequences: false)
        let fields = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(fields.count), fields.allSatisfy({ $0.count == 2 }),
            parts.count == 1 || fields.count == 3,
            parts.count <= 2, let hour = number(fields[0]), let minute = number(fields[1]), hour < 24, minute < 60
        else { return nil }
        guard let second = fields.count == 3 ? number(fields[2]) : 0, second < 61 else { return nil }
        var fraction = 0
        if parts.count == 2 {
            guard (1...9).contains(parts[1].count), let digits = number(parts[1]) else { return nil }
            fraction = (parts[1].count..<9).reduce(digits) { digits, _ in digits * 10 }
        }
        return Int64((hour * 60 + minute) * 60 + second) * .nanosecondsPerSecond + Int64(fraction)
    }

    private static func number(_ digits: Substring) -> Int? {
        digits.allSatisfy { $0.isASCII && $0.isWholeNumber } ? Int(digits) : nil
    }
}
