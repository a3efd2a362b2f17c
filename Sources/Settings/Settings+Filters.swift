package import BPF

extension Settings {
    /// The filter that `@NAME` on a command line refers to.
    package func filter(named name: String) throws(FilterError) -> ComposedFilter {
        if let filter = filters.first(where: { $0.name == name }) { return filter }
        let hint = Suggestion.hint(for: name, among: filters.map(\.name))
        throw FilterError("the configuration has no filter '\(name)'\(hint)")
    }
}
