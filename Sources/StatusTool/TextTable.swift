import Linux

/// A table of text with columns two blanks apart.
///
/// If the terminal is too narrow, the least important columns are left out, and a line names them.
struct TextTable {
    struct Column {
        let title: String
        /// Numbers are aligned right.
        var isNumber = false
    }

    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        var ink: Style.Ink?

        /// Creates a cell. Names and paths can come from elsewhere, so their control characters are escaped.
        init(_ text: String, _ ink: Style.Ink? = nil) { (self.text, self.ink) = (text.printable(), ink) }
        init(stringLiteral text: String) { self.init(text) }
    }

    private let columns: [Column]
    private let expendable: [String]
    private var rows: [[Cell]] = []

    private static let gap = 2
    /// Minimum width of a text that is cut.
    private static let shortest = 8

    /// Creates a table.
    ///
    /// A title that begins with `>` belongs to a column of numbers. Columns in `expendable` can be left out, in that
    /// order.
    init(_ titles: String..., expendable: [String] = []) { self.init(titles, expendable: expendable) }

    init(_ titles: [String], expendable: [String] = []) {
        columns = titles.map { title in
            title.hasPrefix(">") ? Column(title: String(title.dropFirst()), isNumber: true) : Column(title: title)
        }
        self.expendable = expendable
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func append(_ row: [Cell]) { rows.append(row) }

    /// The lines: titles, rows, and the names of the columns that were left out.
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

    /// Whether all columns fit uncut.
    func fits(_ style: Style) -> Bool { style.columns.map { width(of: Array(columns.indices), widths) <= $0 } ?? true }

    private var widths: [Int] {
        columns.indices.map { index in max(columns[index].title.count, rows.map { $0[index].text.count }.max() ?? 0) }
    }

    private func width(of shown: [Int], _ widths: [Int]) -> Int {
        shown.map { widths[$0] }.reduce(TextTable.gap * max(0, shown.count - 1), +)
    }

    /// The columns to show, and their widths.
    private func layout(in width: Int?) -> (shown: [Int], widths: [Int]) {
        var (shown, widths) = (Array(columns.indices), widths)
        guard let width else { return (shown, widths) }
        for title in expendable where self.width(of: shown, widths) > width {
            shown.removeAll { columns[$0].title.trimmed == title }
        }
        // The longest texts are cut first; numbers are never cut.
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
    /// The string without leading and trailing blanks.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
