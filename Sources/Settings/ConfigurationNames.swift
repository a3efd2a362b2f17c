/// The names in a configuration, for one who types them. What is wrong elsewhere in the file is no reason not to know them.
public enum ConfigurationNames {
    public static func captures(in path: String) -> [String] { names(in: path, \.captures) }

    public static func filters(in path: String) -> [String] { names(in: path, \.filters) }

    /// In the order of the settings; none where the file cannot be read.
    private static func names(in path: String, _ entries: KeyPath<NamedEntries, [Entry]>) -> [String] {
        guard let text = try? ConfigurationFile.text(path) else { return [] }
        let draft = ConfigurationParser(text, file: path)
        return draft.root()?.table { NamedEntries($0, draft)[keyPath: entries].map(\.key) } ?? []
    }
}
