/// Columns of text under each other, two blanks apart.
struct TextTable {
    struct Column {
        let title: String
        /// Numbers stand at the right.
        var isNumber = false
    }

    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        var ink: Style.Ink?

        init(_ text: String, _ ink: Style.Ink? = nil) { (self.text, self.ink) = (text, ink) }
        init(stringLiteral text: String) { self.init(text) }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// Titles that begin with `>` are those of numbers.
    init(_ titles: String...) {
        columns = titles.map { title in
            title.hasPrefix(">") ? Column(title: String(title.dropFirst()), isNumber: true) : Column(title: title)
        }
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func append(_ row: [Cell]) { rows.append(row) }

    /// Lines, the titles first.
    func lines(_ style: Style) -> [String] {
        let titles = columns.map { Cell($0.title, .heading) }
        let widths = columns.indices.map { index in ([titles] + rows).map { $0[index].text.count }.max() ?? 0 }
        return ([titles] + rows).map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.text.count)
                let painted = style.paint(cell.text, cell.ink)
                let isLast = index == row.count - 1
                line += columns[index].isNumber ? padding + painted : isLast ? painted : painted + padding
                if !isLast { line += "  " }
            }
            return line
        }
    }
}
