/// The names in a configuration, for shell completion. Errors elsewhere in the file do not hide them.
package enum ConfigurationNames {
    package static func captures(in path: String) -> [String] { names(in: path, \.captures) }

    package static func filters(in path: String) -> [String] { names(in: path, \.filters) }

    /// In the order of the settings; empty if the file cannot be read.
    private static func names(in path: String, _ entries: KeyPath<NamedEntries, [Entry]>) -> [String] {
        guard let text = try? ConfigurationFile.text(path) else { return [] }
        let parser = ConfigurationParser(text, file: path)
        return parser.root()?.table { NamedEntries($0, parser)[keyPath: entries].map(\.key) } ?? []
    }
}
