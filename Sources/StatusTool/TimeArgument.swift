public import Control

/// A time as it is typed: of RFC 3339, or an age, such as `10m`.
public struct TimeArgument: Equatable, Sendable {
    public let moment: Moment

    public init?(_ text: String, now: Moment) {
        if let moment = Moment(rfc3339: text) {
            self.moment = moment
        } else if let age = TimeArgument.seconds(text) {
            let (nanoseconds, overflow) = age.multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow, nanoseconds <= now.nanoseconds else { return nil }
            moment = Moment(nanoseconds: now.nanoseconds - nanoseconds)
        } else {
            return nil
        }
    }

    /// Of an age: a number and a unit. Weeks and days are as long as they are without a change of clocks.
    private static func seconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = [
            "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800,
        ]
        guard let number = Int64(digits), let unit = units[text.dropFirst(digits.count)] else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : seconds
    }
}
