/// The names in a configuration, for one who types them. What is wrong elsewhere in the file is no reason not to know them.
public enum ConfigurationNames {
    public static func captures(in path: String) -> [String] { names(under: "captures", in: path) }

    public static func filters(in path: String) -> [String] { names(under: "filters", in: path) }

    /// In the order of the file; none where it cannot be read.
    private static func names(under key: String, in path: String) -> [String] {
        guard let text = try? ConfigurationFile.text(path) else { return [] }
        return ConfigurationParser(text, file: path).root()?.table { $0.named(key, "name").map(\.key) } ?? []
    }
}
