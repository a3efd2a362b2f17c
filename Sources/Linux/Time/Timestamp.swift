/// A point in time, UTC, to the nanosecond: when a packet came, as the kernel stamped it, or when something else
/// happened.
///
/// As text, and in JSON, it is `2026-11-22T12:00:46.123456789Z` (RFC 3339), always with nine digits.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Whole seconds since 1970, downwards.
    package var seconds: Int64
    /// What is left: less than a second.
    package var nanoseconds: UInt32

    @inlinable package init(seconds: Int64, nanoseconds: UInt32) {
        (self.seconds, self.nanoseconds) = (seconds, nanoseconds)
    }

    /// Now, by the wall clock.
    package static var now: Timestamp { Timestamp(nanosecondsSince1970: Clock.wall()) }

    /// The beginning of 1970.
    @inlinable package static var epoch: Timestamp { Timestamp(seconds: 0, nanoseconds: 0) }

    @inlinable package init(nanosecondsSince1970 nanoseconds: Int64) {
        let seconds =
            nanoseconds >= 0 ? nanoseconds / .nanosecondsPerSecond : (nanoseconds + 1) / .nanosecondsPerSecond - 1
        // The product may be out of range, the difference is not.
        self.init(seconds: seconds, nanoseconds: UInt32(nanoseconds &- seconds &* .nanosecondsPerSecond))
    }

    /// As one number; beyond the years that it can count (1678 to 2261), half of the least or the greatest.
    @inlinable package var nanosecondsSince1970: Int64 {
        let (whole, isTooLarge) = seconds.multipliedReportingOverflow(by: .nanosecondsPerSecond)
        let (sum, isSumTooLarge) = whole.addingReportingOverflow(Int64(nanoseconds))
        return isTooLarge || isSumTooLarge ? (seconds < 0 ? .min / 2 : .max / 2) : sum
    }

    /// As a number of seconds, to some microseconds.
    package var secondsSince1970: Double { Double(nanosecondsSince1970) / .nanosecondsPerSecond }

    @inlinable package static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

extension Timestamp: LosslessStringConvertible {
    /// The years that four digits can name. What is outside is written as the nearest time inside.
    private static let years =
        Timestamp(
            seconds: -62_167_219_200, nanoseconds: 0)...Timestamp(
            seconds: 253_402_300_799, nanoseconds: 999_999_999)

    package var description: String {
        let time = min(max(self, Timestamp.years.lowerBound), Timestamp.years.upperBound)
        let utc = CalendarTime(secondsSince1970: time.seconds)
        let date = [utc.year.padded(to: 4), utc.month.padded(to: 2), utc.day.padded(to: 2)].joined(separator: "-")
        let clock = [utc.hour, utc.minute, utc.second].map { $0.padded(to: 2) }.joined(separator: ":")
        return "\(date)T\(clock).\(Int(time.nanoseconds).padded(to: 9))Z"
    }

    /// Reads exactly that form; nil for any other, dates that do not exist included.
    package init?(_ text: String) {
        let fields = text.split { "-T:.Z".contains($0) }.map { Int($0) ?? -1 }
        guard fields.count == 7, (0...9999).contains(fields[0]), let nanoseconds = UInt32(exactly: fields[6]),
            fields[1...5].allSatisfy({ (0...99).contains($0) })
        else { return nil }
        let utc = CalendarTime(
            year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4], second: fields[5])
        self.init(seconds: utc.secondsSince1970, nanoseconds: nanoseconds)
        guard description == text else { return nil }
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Timestamp(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a timestamp"))
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
