package import Control
import Linux

/// The gaps of captures as text.
package struct GapReport {
    private let captures: [Coverage]
    private let style: Style

    package init(_ captures: [Coverage], style: Style) { (self.captures, self.style) = (captures, style) }

    /// A table of all gaps, oldest first, and a summary line. An episode that several captures share has one row.
    package var text: String {
        var rows: [(gap: Gap, captures: [String])] = []
        var places: [String: Int] = [:]
        for coverage in captures {
            for gap in coverage.gaps {
                if let place = places[gap.episode] {
                    rows[place].captures.append(coverage.capture)
                } else {
                    places[gap.episode] = rows.count
                    rows.append((gap, [coverage.capture]))
                }
            }
        }
        rows.sort { $0.gap.from < $1.gap.from }
        var table = TextTable("FROM (UTC)", "TO (UTC)", ">DURATION", "CAUSE", ">PACKETS", "CAPTURE", "INTERFACE")
        for (gap, names) in rows {
            table.append([
                "\(GapReport.time(gap.from))", TextTable.Cell(GapReport.end(of: gap), gap.open ? .bad : nil),
                "\(GapReport.duration(of: gap))", "\(gap.cause.rawValue)",
                "\(gap.packets.map { Amounts.count($0) } ?? "-")", "\(names.joined(separator: ","))",
                "\(gap.interface ?? "-")",
            ])
        }
        return ((rows.isEmpty ? [] : table.lines(style)) + [sum(rows.map(\.gap))]).joined(separator: "\n") + "\n"
    }

    /// The summary line: the number of gaps, the packets lost, and the time since which the ledgers cover all
    /// captures.
    private func sum(_ gaps: [Gap]) -> String {
        let lost = gaps.compactMap(\.packets).reduce(0, +)
        let count = gaps.isEmpty ? "no gaps" : gaps.count == 1 ? "1 gap" : "\(Amounts.count(gaps.count)) gaps"
        let known = captures.compactMap(\.since).max().map { "; the ledgers start at \(Amounts.time($0)) UTC" }
        return "\(count), \(Amounts.count(lost)) packets lost\(known ?? "; there is no ledger")"
    }

    private static func end(of gap: Gap) -> String { gap.open ? "ongoing" : gap.to.map { time($0) } ?? "unknown" }

    /// A time to the millisecond.
    private static func time(_ moment: Timestamp) -> String {
        moment.description.prefix(23).map { $0 == "T" ? " " : String($0) }.joined()
    }

    private static func duration(of gap: Gap) -> String {
        guard !gap.open, let to = gap.to else { return "-" }
        let nanoseconds = to.nanosecondsSince1970 - gap.from.nanosecondsSince1970
        guard nanoseconds >= 0, nanoseconds < 60_000_000_000 else {
            return (nanoseconds < 0 ? "-" : "") + Amounts.duration(Double(abs(nanoseconds)) / .nanosecondsPerSecond)
        }
        let milliseconds = Int((nanoseconds + 500_000) / 1_000_000)
        return "\(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst()) s"
    }
}
