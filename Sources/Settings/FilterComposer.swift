import BPF
import Capture
import SystemPackage

/// A named filter: a program, or an expression that is ready for libpcap: every `@name` in it is replaced by that filter's
/// expression in parentheses.
public struct ComposedFilter: Equatable, Hashable, Sendable {
    public let name: String
    public let source: FilterSource
    /// Where the expression, or the path of the program, stands in the file.
    public let position: Position

    public init(name: String, source: FilterSource, position: Position) {
        (self.name, self.source, self.position) = (name, source, position)
    }
}

/// Composes the named filters of a file. A mistake is noted where it is made and nowhere else: a filter that inserts a
/// wrong one is not composed, and nothing is said about it.
struct FilterComposer {
    /// Names that insert names can double a text with each line. What the kernel takes (4096 instructions) is far shorter.
    static let maximumLength = 65_536

    private let entries: [Entry]
    private let draft: Draft
    /// The filters finished so far; nil for one with a mistake, its own or inserted.
    private var finished: [String: ComposedFilter?] = [:]
    /// The filters being composed, outermost first, and where each inserts the next.
    private var open: [(name: String, insertion: Position)] = []

    /// Composes them all, used or not.
    init(_ entries: [Entry], draft: Draft) {
        (self.entries, self.draft) = (entries, draft)
        for entry in entries { _ = filter(entry) }
    }

    var names: [String] { entries.map(\.key) }

    /// Those without a mistake, in the order of the file.
    var all: [ComposedFilter] { names.compactMap { filter(named: $0) } }

    /// A composed filter; nil when it has a mistake.
    func filter(named name: String) -> ComposedFilter? { finished[name] ?? nil }

    private mutating func filter(_ entry: Entry) -> ComposedFilter? {
        if let known = finished[entry.key] { return known }
        let filter = compose(entry)
        finished[entry.key] = .some(filter)
        return filter
    }

    private mutating func compose(_ entry: Entry) -> ComposedFilter? {
        if entry.isMap(with: "program") { return entry.table { program($0, named: entry.key) } ?? nil }
        guard let (text, position) = expression(entry) else { return nil }
        var composed = ""
        var isWhole = true
        for piece in FilterText.pieces(text) {
            switch piece {
            case .expression(let text): composed += text
            case .insertion(let name, let offset):
                let place = draft.position(of: offset, in: text, at: position)
                let inserted = insertion(of: name, into: entry.key, at: place)
                composed += "(\(inserted ?? ""))"
                isWhole = isWhole && inserted != nil
            }
        }
        return isWhole
            ? checked(
                ComposedFilter(name: entry.key, source: .expression(trimmed(composed)), position: position)) : nil
    }

    /// A filter that is a program in a file of its own: assembly, or in numbers.
    private func program(_ table: Table, named name: String) -> ComposedFilter? {
        let position = table.position(of: "program")
        guard let path = table.value("program", .programFile) else { return nil }
        do {
            let file = FilePath(draft.file).removingLastComponent().pushing(FilePath(path)).string
            let program = try ProgramText.program(file)
            return checked(ComposedFilter(name: name, source: .program(program), position: position))
        } catch {
            for line in error.lines { draft.note("filter '\(name)': \(line)", at: position) }
            return nil
        }
    }

    /// What an entry of `filters:` says, if it is a text that could be an expression.
    private func expression(_ entry: Entry) -> (text: String, position: Position)? {
        guard let scalar = entry.scalar("a filter expression, such as 'tcp port 80'") else { return nil }
        if trimmed(scalar.text).isEmpty {
            draft.note(
                "filter '\(entry.key)' is empty (a capture without 'filter' keeps every packet)", at: scalar.position)
            return nil
        }
        if scalar.text.contains("\0") {
            draft.note("filter '\(entry.key)' contains a character that is no text (NUL)", at: scalar.position)
            return nil
        }
        return scalar
    }

    /// The expression to stand in place of `@name`.
    private mutating func insertion(of name: String, into outer: String, at place: Position) -> String? {
        open.append((outer, place))
        defer { open.removeLast() }
        if let loop = open.firstIndex(where: { $0.name == name }) {
            let path = open[loop...].map(\.name) + [name]
            draft.note(
                "filter '\(name)' refers to itself: \(path.joined(separator: " -> "))", at: open[loop].insertion)
            return nil
        }
        guard let entry = entries.first(where: { $0.key == name }) else {
            draft.note(
                name.isEmpty
                    ? "filter '\(outer)': '@' without the name of a filter"
                    : "filter '\(outer)': unknown filter '\(name)'\(Suggestion.hint(for: name, among: names))",
                at: place)
            return nil
        }
        guard let filter = filter(entry) else { return nil }
        if filter.source.expression == nil {
            draft.note("filter '\(outer)': '\(name)' is a program, and only expressions can be inserted", at: place)
        }
        return filter.source.expression
    }

    private func checked(_ filter: ComposedFilter) -> ComposedFilter? {
        do throws(FilterError) {
            switch filter.source {
            case .expression(let expression):
                guard expression.utf8.count <= FilterComposer.maximumLength else {
                    throw FilterError("composed, it is longer than \(FilterComposer.maximumLength) characters")
                }
                try FilterCheck.check(expression)
            case .program(let program):
                _ = try VerifiedProgram(checking: program)
                try program.checkWithKernel()
            }
            return filter
        } catch {
            draft.note("filter '\(filter.name)': \(error)", at: filter.position)
            return nil
        }
    }

    /// Without the white space at both ends, which a block scalar brings along.
    private func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}

extension Kind where Value == ComposedFilter? {
    /// The name of a filter. Nil for one that has a mistake itself.
    static func filter(of filters: FilterComposer) -> Kind {
        Kind(meaning: "the name of a filter") { text throws(Refusal) in
            if filters.names.contains(text) { return filters.filter(named: text) }
            let hint = Suggestion.hint(for: text, among: filters.names)
            let advice = " (a capture names a filter; put the expression under 'filters:')"
            throw .sentence("unknown filter '\(text)'\(hint.isEmpty || text.contains(" ") ? advice : hint)")
        }
    }
}
