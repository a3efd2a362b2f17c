package import Linux

/// The timestamp in the name of a segment: `20261122T120046.123456Z`, truncated to microseconds.
extension Timestamp {
    package var compact: String {
        let utc = CalendarTime(secondsSince1970: seconds)
        let date = utc.year.padded(to: 4) + utc.month.padded(to: 2) + utc.day.padded(to: 2)
        let time = utc.hour.padded(to: 2) + utc.minute.padded(to: 2) + utc.second.padded(to: 2)
        return "\(date)T\(time).\(Int(nanoseconds / 1000).padded(to: 6))Z"
    }

    /// Parses exactly that form; nil for any other text and for dates that do not exist.
    package init?(compact text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 23 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            let digits = characters[range]
            return digits.allSatisfy { (48...57).contains($0) } ? Int(String(decoding: digits, as: UTF8.self)) : nil
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15),
            let micro = number(16..<22)
        else { return nil }
        let utc = CalendarTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        self.init(seconds: utc.secondsSince1970, nanoseconds: UInt32(micro) * 1000)
        guard compact == text else { return nil }
    }

    /// The next whole microsecond. If a name is taken, the next segment's name uses this timestamp.
    package var nextMicrosecond: Timestamp {
        let next = nanoseconds / 1000 * 1000 + 1000
        return next < .nanosecondsPerSecond
            ? Timestamp(seconds: seconds, nanoseconds: next) : Timestamp(seconds: seconds + 1, nanoseconds: 0)
    }
}
