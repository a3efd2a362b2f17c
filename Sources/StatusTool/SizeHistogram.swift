import Control

/// Packets by size: one line for each power of two. The length of a bar is relative to the highest count.
enum SizeHistogram {
    private static let width = 40

    /// The lines from the smallest to the largest size that occurs.
    static func lines(_ sizes: HistogramStatus, bounds: [Double]) -> [String] {
        guard let first = sizes.counts.firstIndex(where: { $0 > 0 }),
            let last = sizes.counts.lastIndex(where: { $0 > 0 }), let highest = sizes.counts.max()
        else { return ["     no packets"] }
        var table = TextTable(">bytes", "", ">", ">packets", "")
        for index in first...last {
            let count = sizes.counts[index]
            let length = Int((Double(count) / Double(highest) * Double(width)).rounded())
            let bar = String(repeating: "*", count: count > 0 ? max(1, length) : 0)
            let lower = index == 0 ? 0 : Int(bounds[index - 1]) + 1
            let upper = index < bounds.count ? String(Int(bounds[index])) : ""
            table.append([
                "     \(lower)", "->", "\(upper)", "\(Amounts.count(count))",
                "|\(bar.padding(to: width))|",
            ])
        }
        return table.lines(.plain)
    }
}

extension String {
    /// The string, padded with blanks at the end to `width` characters.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
