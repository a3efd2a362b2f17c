import Yams

extension ConfigurationParser {
    /// The tree of the file's YAML, without any idea what it means. Each node knows its line and column. What YAML itself
    /// forbids is the only mistake reported then: after one the rest cannot be trusted.
    func root() -> Entry? {
        do {
            // Plain texts stay texts (`no` is a fine name for an interface): the schema says what is a number or a flag.
            guard let node = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                note("the file is empty (it needs at least 'captures:')", at: start)
                return nil
            }
            guard case .mapping = node else {
                note("the file is a map of keys such as 'captures:', not a list or a single value", at: start)
                return nil
            }
            return Entry(key: "the file", path: "", position: start, node: node, draft: self)
        } catch let error as YamlError {
            note(error)
        } catch {
            note("not readable as YAML: \(error)", at: start)
        }
        return nil
    }

    private var start: Position { position(line: 1, column: 1) }

    private func note(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = position(line: mark.line, column: mark.column)
            let context = context.map { "\($0.text) (line \($0.mark.line)) " } ?? ""
            note("not valid YAML: \(context)\(problem)\(hint(at: place))", at: place)
        case .duplicatedKeysInMapping(let keys, let context):
            let list = keys.map { "'\($0)'" }.joined(separator: ", ")
            let first = position(line: context.mark.line, column: context.mark.column)
            note("duplicate key \(list) (the first one is here)", at: first)
            for key in keys {
                for place in places(of: "\(key)", behind: first) {
                    note("duplicate key '\(key)' (again here)", at: place)
                }
            }
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let column = (before.last?.unicodeScalars.count ?? 0) + 1
            note("not valid YAML: \(problem)", at: position(line: max(before.count, 1), column: column))
        default:
            note("not readable as YAML: \(error)", at: start)
        }
    }

    /// Where a key of a map stands again, behind its first place: on lines of their own, indented as far.
    private func places(of key: String, behind first: Position) -> [Position] {
        var places: [Position] = []
        var line = first.line + 1
        while hasLine(line) {
            defer { line += 1 }
            let text = rest(at: position(line: line, column: 1))
            let indented = text.drop { $0 == " " }
            guard let start = indented.first, start != "#" else { continue }
            let column = text.count - indented.count + 1
            if column < first.column { break }
            guard column == first.column else { continue }
            for written in [key, "'\(key)'", "\"\(key)\""] where indented.starts(with: written.unicodeScalars) {
                let behind = indented.dropFirst(written.unicodeScalars.count).drop { $0 == " " }
                if behind.first == ":" { places.append(position(line: line, column: column)) }
            }
        }
        return places
    }

    /// YAML gives three characters a meaning that surprises whoever writes filters and patterns.
    private func hint(at position: Position) -> String {
        let before = position.column > 1 ? rest(at: position.advanced(by: -1)).first : nil
        switch (before, rest(at: position).first) {
        case ("*", _), (_, "*"): return " (a pattern that starts with '*' needs quotes: \"*\")"
        case (_, "@"): return " (an expression that starts with '@' needs quotes)"
        case (_, "\t"): return " (indent with spaces, not with tabs)"
        default: return ""
        }
    }
}
