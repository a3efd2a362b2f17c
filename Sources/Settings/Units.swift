/// Numbers with a unit, in the form that an operator writes: `64MiB`, `1h`. One table serves parsing and formatting. A
/// unit may have several spellings and follow a space: `10min`, `7 days`.
package struct Units: Sendable {
    /// Completes the sentence "this is ...".
    let meaning: String
    /// The multiplier of a number without a unit; nil if a unit is required.
    private let bare: Int?
    /// Sorted from the smallest to the largest.
    private let units: [Unit]

    private struct Unit {
        let names: [String]
        let factor: Int
        /// Whether formatting uses the unit. Parsing always accepts it.
        var isWritten = true

        init(_ names: String..., factor: Int, isWritten: Bool = true) {
            (self.names, self.factor, self.isWritten) = (names, factor, isWritten)
        }
    }

    static let none = Units(meaning: "a whole number", bare: 1, units: [])

    /// Packets, or packets per second. Prefixes are decimal.
    static let packets = Units(
        meaning: "a number such as 50000 or 50k", bare: 1,
        units: [
            Unit("k", factor: 1000, isWritten: false),
            Unit("M", factor: 1_000_000, isWritten: false),
            Unit("G", factor: 1_000_000_000, isWritten: false),
        ])

    /// Bytes. A prefix alone is binary, as is usual for memory and files; with a B it is decimal.
    static let size = Units(
        meaning: "a size such as 64MiB", bare: 1,
        units: [
            Unit("B", factor: 1),
            Unit("KB", "kB", factor: 1000, isWritten: false),
            Unit("KiB", "K", "k", factor: 1 << 10),
            Unit("MB", factor: 1_000_000, isWritten: false),
            Unit("MiB", "M", factor: 1 << 20),
            Unit("GB", factor: 1_000_000_000, isWritten: false),
            Unit("GiB", "G", factor: 1 << 30),
            Unit("TB", factor: 1_000_000_000_000, isWritten: false),
            Unit("TiB", "T", factor: 1 << 40),
        ])

    /// Milliseconds.
    static let duration = Units(
        meaning: "a duration with its unit, such as 1s or 1h", bare: nil,
        units: [
            Unit("ms", factor: 1),
            Unit("s", "sec", "second", "seconds", factor: 1000),
            Unit("m", "min", "minute", "minutes", factor: 60_000),
            Unit("h", "hour", "hours", factor: 3_600_000),
            Unit("d", "day", "days", factor: 86_400_000),
            Unit("w", "week", "weeks", factor: 604_800_000, isWritten: false),
        ])

    /// Parses a duration such as `500ms`, `10min`, `7 days` or `1w`, in milliseconds; nil if `text` is not a duration.
    package static func milliseconds(_ text: String) -> Int? { duration.number(text) }

    /// Parses a whole number with a unit; nil if `text` is anything else. A number too large for a machine word
    /// becomes the largest one, so that the caller reports its own limit.
    func number(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
        let unit = text.dropFirst(digits.count)
        guard !digits.isEmpty, let factor = unit.isEmpty ? bare : factor(of: unit.drop { $0 == " " }) else {
            return nil
        }
        let (product, overflow) = (Int(digits) ?? .max).multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }

    private func factor(of name: Substring) -> Int? { units.first { $0.names.contains { $0 == name } }?.factor }

    /// Formats the number in the largest unit that needs no fraction.
    func text(_ number: Int) -> String {
        let unit = units.last { $0.isWritten && number.isMultiple(of: $0.factor) }
        return unit.map { "\(number / $0.factor)\($0.names[0])" } ?? String(number)
    }
}
