import SystemPackage

/// The filters and captures of a configuration and of the files that its key `include` names. Those of the main file
/// come first, then those of the included files in their order.
struct NamedEntries {
    let filters: [Entry]
    let captures: [Entry]

    /// Reads the keys `include`, `filters` and `captures`. A duplicate name is an error at both positions.
    init(_ root: Table, _ parser: ConfigurationParser) {
        var (filters, captures): ([Entry], [Entry]) = ([], [])
        for path in NamedEntries.includedFiles(root, parser) {
            parser.includedRoot(path)?.table { table in
                table.allowOnly("filters", "captures")
                filters += table.named("filters", "filter")
                captures += table.named("captures", "capture")
            }
        }
        self.filters = NamedEntries.unique(root.named("filters", "filter") + filters, "filter", parser)
        self.captures = NamedEntries.unique(
            root.named("captures", "capture", atLeastOne: captures.isEmpty) + captures, "capture", parser)
    }

    private static func includedFiles(_ root: Table, _ parser: ConfigurationParser) -> [String] {
        var paths: [String] = []
        let folder = FilePath(parser.file).removingLastComponent()
        for pattern in root.values("include", .includedFiles) {
            let pattern = folder.pushing(FilePath(pattern))
            // A reload expands the pattern again.
            parser.name(file: pattern.string)
            do throws(IncludedFiles.Failure) {
                for path in try IncludedFiles.paths(pattern) where !paths.contains(path) { paths.append(path) }
            } catch {
                root.note(error.description, at: "include")
            }
        }
        for path in paths { parser.name(file: path) }
        return paths
    }

    private static func unique(_ entries: [Entry], _ what: String, _ parser: ConfigurationParser) -> [Entry] {
        var first: [String: Entry] = [:]
        return entries.filter { entry in
            guard let other = first[entry.key] else {
                first[entry.key] = entry
                return true
            }
            parser.note("the name of \(what) '\(entry.key)' is also used at \(entry.position)", at: other.position)
            parser.note("the name of \(what) '\(entry.key)' is already used at \(other.position)", at: entry.position)
            return false
        }
    }
}
