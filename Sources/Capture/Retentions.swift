/// Where the segments of every capture are kept account of, by the capture's name, and the space that all leave alone.
public struct Retentions: Sendable {
    private let reserve: Reserve
    private var known: [String: Retention] = [:]

    /// None yet. `report` hears of every removal, from the thread that it happens on.
    public init(report: @escaping CaptureReport) { reserve = Reserve(report: report) }

    /// None yet; those of captures that go on are taken over from `running`.
    public init(after running: Retentions) { reserve = running.reserve }

    public subscript(capture: String) -> Retention? { known[capture] }

    /// The directories of all captures.
    public var directories: Set<String> { Set(known.values.map(\.path)) }

    /// Those of captures that `others` does not know, or knows elsewhere: nothing that they keep account of expires any more.
    public func dropped(by others: Retentions) -> [Retention] {
        known.values.filter { others[$0.capture]?.path != $0.path }.sorted { $0.capture < $1.capture }
    }

    /// Takes over what is kept account of already, where the capture stays in its directory. False when that has to be adopted
    /// first. Touches no disk.
    public mutating func keep(_ rule: CaptureRule, from running: Retentions) -> Bool {
        guard let before = running[rule.name], before.path == rule.directory else { return false }
        known[rule.name] = before
        return true
    }

    /// Begins to keep account of a capture with what `found` says is in its directory. Touches no disk.
    public mutating func open(_ rule: CaptureRule, found: Adoption) {
        known[rule.name] = Retention(rule.retention, found: found, reserve: reserve)
    }

    /// Puts the rules of the captures in force, and a reserve of `freeSpace` bytes on every file system they write to.
    public func putInForce(_ rules: some Sequence<CaptureRule>, freeSpace: Int64) {
        for rule in rules { known[rule.name]?.change(to: rule.retention) }
        reserve.change(to: freeSpace, over: Array(known.values))
    }
}
