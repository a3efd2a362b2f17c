import Linux

/// Columns of text under each other, two blanks apart, in as many columns of the terminal as there are: what does not fit is left
/// out, the least important first, and said.
struct TextTable {
    struct Column {
        let title: String
        /// Numbers stand at the right.
        var isNumber = false
    }

    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        var ink: Style.Ink?

        /// Names and paths may come from strangers; here they control nothing.
        init(_ text: String, _ ink: Style.Ink? = nil) { (self.text, self.ink) = (text.printable(), ink) }
        init(stringLiteral text: String) { self.init(text) }
    }

    private let columns: [Column]
    private let expendable: [String]
    private var rows: [[Cell]] = []

    private static let gap = 2
    /// Less than this is not left of a text that is cut.
    private static let shortest = 8

    /// Titles that begin with `>` are those of numbers. Columns whose titles are `expendable` may be left out, the first of them
    /// first.
    init(_ titles: String..., expendable: [String] = []) {
        columns = titles.map { title in
            title.hasPrefix(">") ? Column(title: String(title.dropFirst()), isNumber: true) : Column(title: title)
        }
        self.expendable = expendable
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func append(_ row: [Cell]) { rows.append(row) }

    /// Lines: the titles, the rows, and what was left out.
    func lines(_ style: Style) -> [String] {
        let titles = columns.map { Cell($0.title, .heading) }
        let (shown, widths) = layout(in: style.columns)
        let lines = ([titles] + rows).map { row in
            var line = ""
            for (place, index) in shown.enumerated() {
                let cell = Cell(TextTable.cut(row[index].text, to: widths[index]), row[index].ink)
                let padding = String(repeating: " ", count: widths[index] - cell.text.count)
                let painted = style.paint(cell.text, cell.ink)
                let isLast = place == shown.count - 1
                line += columns[index].isNumber ? padding + painted : isLast ? painted : painted + padding
                if !isLast { line += String(repeating: " ", count: TextTable.gap) }
            }
            return line
        }
        guard shown.count < columns.count, let width = style.columns else { return lines }
        let missing = columns.indices.filter { !shown.contains($0) }.map { columns[$0].title.trimmed }
        return lines + [style.paint("(not shown in \(width) columns: \(missing.joined(separator: ", ")))", .quiet)]
    }

    /// Whether all columns fit, with nothing cut.
    func fits(_ style: Style) -> Bool { style.columns.map { width(of: Array(columns.indices), widths) <= $0 } ?? true }

    private var widths: [Int] {
        columns.indices.map { index in max(columns[index].title.count, rows.map { $0[index].text.count }.max() ?? 0) }
    }

    private func width(of shown: [Int], _ widths: [Int]) -> Int {
        shown.map { widths[$0] }.reduce(TextTable.gap * max(0, shown.count - 1), +)
    }

    /// Which columns are shown, and how wide each is.
    private func layout(in width: Int?) -> (shown: [Int], widths: [Int]) {
        var (shown, widths) = (Array(columns.indices), widths)
        guard let width else { return (shown, widths) }
        for title in expendable where self.width(of: shown, widths) > width {
            shown.removeAll { columns[$0].title.trimmed == title }
        }
        // The longest texts are cut, one after the other; numbers never.
        while self.width(of: shown, widths) > width {
            let texts = shown.filter { !columns[$0].isNumber && widths[$0] > TextTable.shortest }
            guard let longest = texts.max(by: { widths[$0] < widths[$1] }) else { break }
            let excess = self.width(of: shown, widths) - width
            let next = texts.filter { $0 != longest }.map { widths[$0] }.max() ?? 0
            widths[longest] = max(TextTable.shortest, min(widths[longest] - 1, max(next, widths[longest] - excess)))
        }
        return (shown, widths)
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count > width ? text.prefix(width - 2) + ".." : text
    }
}

extension String {
    /// Without the blanks around it.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
