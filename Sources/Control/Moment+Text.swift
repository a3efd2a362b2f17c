import Linux

extension Moment {
    /// Reads a time of RFC 3339: with or without a fraction, in UTC (`Z`) or with an offset; a date alone is its first moment in
    /// UTC.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return Int(String(decoding: bytes[range], as: UTF8.self))
        }
        func has(_ characters: String, at place: Int) -> Bool {
            place < bytes.count && characters.utf8.contains(bytes[place])
        }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
            let day = number(8..<10)
        else { return nil }
        var (hour, minute, second, fraction, offset) = (0, 0, 0, Int64(0), 0)
        if bytes.count > 10 {
            guard has("Tt ", at: 10), let h = number(11..<13), has(":", at: 13), let m = number(14..<16),
                has(":", at: 16), let s = number(17..<19)
            else { return nil }
            (hour, minute, second) = (h, m, s)
            var place = 19
            if has(".", at: place) {
                let digits = bytes[(place + 1)...].prefix { (48...57).contains($0) }
                guard !digits.isEmpty, digits.count <= 9, let value = number(digits.startIndex..<digits.endIndex) else {
                    return nil
                }
                fraction = (digits.count..<9).reduce(Int64(value)) { value, _ in value * 10 }
                place = digits.endIndex
            }
            if has("+-", at: place) {
                guard let h = number(place + 1..<place + 3), has(":", at: place + 3),
                    let m = number(place + 4..<place + 6), place + 6 == bytes.count
                else { return nil }
                offset = (h * 3600 + m * 60) * (has("-", at: place) ? -1 : 1)
            } else {
                guard has("Zz", at: place), place + 1 == bytes.count else { return nil }
            }
        }
        let utc = CalendarTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard CalendarTime(secondsSince1970: utc.secondsSince1970) == utc else { return nil }
        let (product, overflow) = (utc.secondsSince1970 - Int64(offset)).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return nil }
        self.init(nanoseconds: product + fraction)
    }
}
