import BPF
import Rules
import SystemPackage

/// A named filter: a program, or an expression that is ready for libpcap.
///
/// In the expression, each `@name` is replaced by that filter's expression in parentheses.
package struct ComposedFilter: Equatable, Hashable, Sendable {
    package let name: String
    package let source: FilterSource
    /// The position of the expression, or of the program's path, in the file.
    package let position: Position

    package init(name: String, source: FilterSource, position: Position) {
        (self.name, self.source, self.position) = (name, source, position)
    }
}

/// Composes the named filters of a configuration. An error is recorded once, where it occurs. A filter that inserts an
/// invalid filter is not composed, without an error of its own.
struct FilterComposer {
    /// Bytes of a composed expression. Filters that insert filters can double the text with every line. A program of
    /// the kernel's limit of 4096 instructions needs far less text.
    static let maximumLength = 65_536

    private let entries: [Entry]
    private let places: [String: Int]
    private let parser: ConfigurationParser
    /// The filters composed so far; nil for a filter that is invalid or inserts an invalid one.
    private var finished: [String: ComposedFilter?] = [:]
    /// The filters being composed, outermost first, and the position where each inserts the next.
    private var open: [(name: String, insertion: Position)] = []

    /// Composes all filters, used or not.
    init(_ entries: [Entry], parser: ConfigurationParser) {
        (self.entries, self.parser) = (entries, parser)
        places = Dictionary(entries.enumerated().map { ($1.key, $0) }) { first, _ in first }
        for entry in entries { _ = filter(entry) }
    }

    var names: [String] { entries.map(\.key) }

    func has(_ name: String) -> Bool { places[name] != nil }

    /// ` (did you mean 'dns'?)`, or an empty text.
    func hint(for name: String) -> String { parser.isHopeless ? "" : Suggestion.hint(for: name, among: names) }

    /// The valid filters, in the order of the file.
    var all: [ComposedFilter] { entries.compactMap { filter(named: $0.key) } }

    /// A composed filter; nil if it is invalid.
    func filter(named name: String) -> ComposedFilter? { finished[name] ?? nil }

    private mutating func filter(_ entry: Entry) -> ComposedFilter? {
        if let known = finished[entry.key] { return known }
        let filter = compose(entry)
        finished[entry.key] = .some(filter)
        return filter
    }

    private mutating func compose(_ entry: Entry) -> ComposedFilter? {
        if entry.isMap(with: "program") { return entry.table { program($0, named: entry.key) } ?? nil }
        if entry.isMap(with: "hosts") { return entry.table { hosts($0, named: entry.key) } ?? nil }
        guard let (text, position) = expression(entry) else { return nil }
        var composed: [ListedExpression.Piece] = []
        var isWhole = true
        for piece in FilterText.pieces(text) {
            switch piece {
            case .expression(let text): composed.append(.text(text))
            case .insertion(let name, let offset):
                let place = parser.position(of: offset, in: text, at: position)
                let inserted = insertion(of: name, into: entry.key, at: place)
                composed += inserted ?? []
                isWhole = isWhole && inserted != nil
            }
        }
        guard isWhole else { return nil }
        return checked(ComposedFilter(name: entry.key, source: source(of: composed), position: position))
    }

    /// The source of an expression made of pieces: a single text if none of them is a list.
    private func source(of pieces: [ListedExpression.Piece]) -> FilterSource {
        let expression = ListedExpression(pieces)
        let hasLists = pieces.contains { if case .hosts = $0 { true } else { false } }
        return hasLists ? .listed(expression) : .expression(trimmed(expression.text))
    }

    /// The path of a file that the configuration names at `position`. It is relative to the file that contains the
    /// position.
    private func path(_ path: String, at position: Position) -> String {
        let path = FilePath(position.file).removingLastComponent().pushing(FilePath(path)).string
        parser.name(file: path)
        return path
    }

    /// Reads a filter that is a list of hosts in a file.
    private func hosts(_ table: Table, named name: String) -> ComposedFilter? {
        let position = table.position(of: "hosts")
        guard let path = table.value("hosts", .hostFile) else { return nil }
        do {
            let list = try HostFile.list(self.path(path, at: position))
            let expression = ListedExpression([.hosts(name: name, list)])
            return checked(ComposedFilter(name: name, source: .listed(expression), position: position))
        } catch {
            for diagnostic in error.diagnostics { parser.note(diagnostic) }
            return nil
        }
    }

    /// Reads a filter that is a program in a file: assembly, decimal, or a C array.
    private func program(_ table: Table, named name: String) -> ComposedFilter? {
        let position = table.position(of: "program")
        guard let path = table.value("program", .programFile) else { return nil }
        do {
            let program = try ProgramText.program(self.path(path, at: position))
            return checked(ComposedFilter(name: name, source: .program(program), position: position))
        } catch {
            for line in error.lines { parser.note("filter '\(name)': \(line)", at: position) }
            return nil
        }
    }

    /// The expression of an entry of `filters:`; nil after an error, which is recorded.
    private func expression(_ entry: Entry) -> (text: String, position: Position)? {
        guard let scalar = entry.scalar("a filter expression, such as 'tcp port 80'") else { return nil }
        if trimmed(scalar.text).isEmpty {
            parser.note(
                "filter '\(entry.key)' is empty (a capture without 'filter' keeps every packet)", at: scalar.position)
            return nil
        }
        if scalar.text.contains("\0") {
            parser.note("filter '\(entry.key)' contains a NUL character", at: scalar.position)
            return nil
        }
        return scalar
    }

    /// The replacement of `@name`: a list as it is, an expression in parentheses.
    private mutating func insertion(
        of name: String, into outer: String, at place: Position
    ) -> [ListedExpression.Piece]? {
        open.append((outer, place))
        defer { open.removeLast() }
        if let loop = open.firstIndex(where: { $0.name == name }) {
            let path = open[loop...].map(\.name) + [name]
            parser.note(
                "filter '\(name)' refers to itself: \(path.joined(separator: " -> "))", at: open[loop].insertion)
            return nil
        }
        guard let index = places[name] else {
            parser.note(
                name.isEmpty
                    ? "filter '\(outer)': '@' without the name of a filter"
                    : "filter '\(outer)': unknown filter '\(name)'\(hint(for: name))",
                at: place)
            return nil
        }
        guard let filter = filter(entries[index]) else { return nil }
        switch filter.source {
        case .expression(let text): return [.text("(\(text))")]
        case .listed(let expression):
            return expression.pieces.count == 1
                ? expression.pieces : [.text("(")] + expression.pieces + [.text(")")]
        case .program:
            parser.note("filter '\(outer)': '\(name)' is a program; only expressions can be inserted", at: place)
            return nil
        }
    }

    private func checked(_ filter: ComposedFilter) -> ComposedFilter? {
        do throws(FilterError) {
            switch filter.source {
            case .expression, .listed:
                guard (filter.source.expression ?? "").utf8.count <= FilterComposer.maximumLength else {
                    let most = FilterComposer.maximumLength
                    throw FilterError("with its filters inserted, it is longer than \(most) characters")
                }
                try FilterCheck.check(filter.source)
            case .program(let program):
                _ = try VerifiedProgram(checking: program)
                try program.checkWithKernel()
            }
            return filter
        } catch {
            parser.note("filter '\(filter.name)': \(error)", at: filter.position)
            return nil
        }
    }

    /// Removes the white space at both ends, which a block scalar adds.
    private func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}

extension ValueParser where Value == ComposedFilter? {
    /// The name of a filter. The value is nil if that filter is invalid.
    static func filter(of filters: FilterComposer) -> ValueParser {
        ValueParser(meaning: "the name of a filter") { text throws(ValueError) in
            if filters.has(text) { return filters.filter(named: text) }
            let hint = filters.hint(for: text)
            let advice = " (a capture names a filter; put the expression under 'filters:')"
            throw .sentence("unknown filter '\(text)'\(hint.isEmpty || text.contains(" ") ? advice : hint)")
        }
    }
}
