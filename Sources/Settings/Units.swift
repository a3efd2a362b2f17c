/// Numbers with a unit, as an operator writes them: `64MiB`, `1h`. Read and written with the same table.
struct Units: Sendable {
    /// Completes the sentence "this is ...".
    let meaning: String
    /// What a number without a unit counts; nil when it must have one.
    private let bare: Int?
    /// Smallest first.
    private let units: [Unit]

    private struct Unit {
        let name: String
        let factor: Int
        /// Whether numbers are also written with it, not only read.
        var isWritten = true
    }

    static let none = Units(meaning: "a whole number", bare: 1, units: [])

    /// In bytes.
    static let size = Units(
        meaning: "a size such as 64MiB", bare: 1,
        units: [
            Unit(name: "B", factor: 1),
            Unit(name: "KB", factor: 1000, isWritten: false),
            Unit(name: "KiB", factor: 1 << 10),
            Unit(name: "MB", factor: 1_000_000, isWritten: false),
            Unit(name: "MiB", factor: 1 << 20),
            Unit(name: "GB", factor: 1_000_000_000, isWritten: false),
            Unit(name: "GiB", factor: 1 << 30),
            Unit(name: "TB", factor: 1_000_000_000_000, isWritten: false),
            Unit(name: "TiB", factor: 1 << 40),
        ])

    /// In milliseconds.
    static let duration = Units(
        meaning: "a duration with its unit, such as 1s or 1h", bare: nil,
        units: [
            Unit(name: "ms", factor: 1),
            Unit(name: "s", factor: 1000),
            Unit(name: "m", factor: 60_000),
            Unit(name: "h", factor: 3_600_000),
            Unit(name: "d", factor: 86_400_000),
        ])

    /// The number that `text` says; nil when it is not a whole number and a unit. One too large for a machine word becomes
    /// the largest, so that whoever knows the limit can name it.
    func number(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
        let unit = text.dropFirst(digits.count)
        guard !digits.isEmpty, let factor = unit.isEmpty ? bare : units.first(where: { $0.name == unit })?.factor
        else { return nil }
        let (product, overflow) = (Int(digits) ?? .max).multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }

    /// The number in the largest unit that needs no fraction.
    func text(_ number: Int) -> String {
        let unit = units.last { $0.isWritten && number.isMultiple(of: $0.factor) }
        return unit.map { "\(number / $0.factor)\($0.name)" } ?? String(number)
    }
}
