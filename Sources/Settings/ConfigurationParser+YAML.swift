extension ConfigurationParser {
    /// Parses a file's YAML without interpreting it; nil after an error, or if there is no document. A missing
    /// document is an error if `complaint` is given. After a YAML error the rest of the file cannot be trusted, so
    /// that error is the only one reported.
    func root(of text: String, in file: String, whenEmpty complaint: String?) -> Entry? {
        keepLines(of: text, in: file)
        let start = Position(file: file, line: 1, column: 1)
        do throws(YAMLError) {
            guard let node = try YAMLComposer.root(of: text, file: file) else {
                if let complaint { note(complaint, at: start) }
                return nil
            }
            guard node.mapping != nil else {
                note("the file must be a map of keys such as 'captures:', got a list or a single value", at: start)
                return nil
            }
            return Entry(key: "the file", path: "", position: start, node: node, parser: self)
        } catch {
            note(error)
            return nil
        }
    }

    private func note(_ error: YAMLError) {
        switch error {
        case .invalid(let problem, let place):
            note("not valid YAML: \(problem)\(hint(at: place))", at: place)
        case .tooDeep(let place):
            note("lists and maps must nest at most \(YAMLComposer.maximumDepth) levels deep", at: place)
        case .duplicateKeys(let keys):
            for (key, places) in keys {
                for (index, place) in places.enumerated() {
                    note("duplicate key '\(key)' (\(index == 0 ? "the first one is here" : "again here"))", at: place)
                }
            }
        }
    }

    /// YAML gives three characters a special meaning that surprises authors of filters and patterns.
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
