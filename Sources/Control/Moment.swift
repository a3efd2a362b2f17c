import Linux

/// A point in time in UTC with nanosecond resolution. In JSON `2026-11-22T12:00:46.123456789Z` (RFC 3339).
public struct Moment: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static var now: Moment { Moment(nanoseconds: Clock.wall()) }

    public static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Seconds since 1970.
    public var seconds: Double { Double(nanoseconds) / .nanosecondsPerSecond }
}

extension Moment: LosslessStringConvertible {
    public var description: String {
        let (second, fraction) = (
            nanoseconds.flooredSeconds, nanoseconds - nanoseconds.flooredSeconds * .nanosecondsPerSecond
        )
        let utc = CalendarTime(secondsSince1970: second)
        let date = [utc.year.padded(to: 4), utc.month.padded(to: 2), utc.day.padded(to: 2)].joined(separator: "-")
        let time = [utc.hour, utc.minute, utc.second].map { $0.padded(to: 2) }.joined(separator: ":")
        return "\(date)T\(time).\(Int(fraction).padded(to: 9))Z"
    }

    /// Parses exactly the form of `description`; nil for any other text.
    public init?(_ text: String) {
        let fields = text.split { "-T:.Z".contains($0) }.map { Int($0) ?? -1 }
        guard fields.count == 7 else { return nil }
        let utc = CalendarTime(
            year: fields[0], month: fields[1], day: fields[2], hour: fields[3], minute: fields[4], second: fields[5])
        self.init(nanoseconds: utc.secondsSince1970 * .nanosecondsPerSecond + Int64(fields[6]))
        guard description == text else { return nil }
    }
}

extension Moment: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let moment = Moment(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no point in time"))
        }
        self = moment
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Int64 {
    /// The whole seconds in this number of nanoseconds, rounded down.
    fileprivate var flooredSeconds: Int64 {
        self >= 0 ? self / .nanosecondsPerSecond : (self + 1) / .nanosecondsPerSecond - 1
    }
}
