/// Numbers with a unit, as an operator writes them: `64MiB`, `1h`. Read and written with the same table. A unit has several
/// spellings, and may stand behind a blank: `10min`, `7 days`.
public struct Units: Sendable {
    /// Completes the sentence "this is ...".
    let meaning: String
    /// What a number without a unit counts; nil when it must have one.
    private let bare: Int?
    /// Smallest first.
    private let units: [Unit]

    private struct Unit {
        let names: [String]
        let factor: Int
        /// Whether numbers are also written with it, not only read.
        var isWritten = true

        init(_ names: String..., factor: Int, isWritten: Bool = true) {
            (self.names, self.factor, self.isWritten) = (names, factor, isWritten)
        }
    }

    static let none = Units(meaning: "a whole number", bare: 1, units: [])

    /// Packets, or packets a second. Prefixes are those of the decimal system.
    static let packets = Units(
        meaning: "a number such as 50000 or 50k", bare: 1,
        units: [
            Unit("k", factor: 1000, isWritten: false),
            Unit("M", factor: 1_000_000, isWritten: false),
            Unit("G", factor: 1_000_000_000, isWritten: false),
        ])

    /// In bytes. A prefix alone is binary, as memory and files are counted; with a B it is decimal.
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

    /// In milliseconds.
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

    /// The milliseconds of a duration such as `500ms`, `10min`, `7 days` or `1w`; nil when `text` is none.
    public static func milliseconds(_ text: String) -> Int? { duration.number(text) }

    /// The number that `text` says; nil when it is not a whole number and a unit. One too large for a machine word becomes
    /// the largest, so that whoever knows the limit can name it.
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

    /// The number in the largest unit that needs no fraction.
    func text(_ number: Int) -> String {
        let unit = units.last { $0.isWritten && number.isMultiple(of: $0.factor) }
        return unit.map { "\(number / $0.factor)\($0.names[0])" } ?? String(number)
    }
}
