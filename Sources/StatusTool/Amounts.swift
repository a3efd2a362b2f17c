import Control
import Linux

/// Formats numbers for people.
enum Amounts {
    /// A count with separators: `1,234,567`.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// A size of memory or of files, in binary units: `1.2 GiB`.
    static func bytes(_ number: some BinaryInteger) -> String {
        scaled(Double(number), by: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
    }

    /// Bytes per second, in the decimal units of links: `1.2 MB/s`.
    static func rate(_ bytes: Double) -> String { scaled(bytes, by: 1000, ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]) }

    private static func scaled(_ number: Double, by step: Double, _ units: [String]) -> String {
        var (rest, unit) = (number, 0)
        // A number that would round up to the next unit is written in that unit.
        while rest >= step - 0.5 && unit < units.count - 1 { (rest, unit) = (rest / step, unit + 1) }
        return "\(unit == 0 || rest >= 99.95 ? count(Int64(rest.rounded())) : tenths(rest)) \(units[unit])"
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int64((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A duration in its two largest units: `3 d 4 h`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds)
        let parts = [(whole / 86_400, "d"), (whole / 3600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
        let first = parts.firstIndex { $0.0 > 0 } ?? parts.count - 1
        return parts[first...].prefix(2).filter { $0.0 > 0 || parts[first].0 == 0 }.map { "\($0.0) \($0.1)" }
            .joined(separator: " ")
    }

    /// A time to the second, in UTC: `2026-11-22 12:00:46`.
    static func time(_ moment: Timestamp?) -> String {
        guard let moment else { return "-" }
        return moment.description.prefix(19).map { $0 == "T" ? " " : String($0) }.joined()
    }
}
