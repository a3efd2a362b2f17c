public import Linux

/// Where the segments of every capture are kept account of, by the capture's name, and the space that all leave alone.
public struct Retentions: Sendable {
    private let reserve: Reserve
    private var known: [String: Retention] = [:]

    /// None yet; those of captures that go on are taken over from `running`.
    public init(after running: Retentions? = nil) { reserve = running?.reserve ?? Reserve() }

    public subscript(capture: String) -> Retention? { known[capture] }

    /// Begins to keep account of a capture: what `running` knows already, or what is found in its folder. Throws where no
    /// segment could be made in that.
    @discardableResult
    public mutating func open(_ rule: CaptureRule, after running: Retentions? = nil) throws(SystemError) -> Retention {
        let retention: Retention
        if let before = running?[rule.name], before.path == rule.directory {
            retention = before
        } else {
            retention = try Retention(rule.retention, capture: rule.name, path: rule.directory, reserve: reserve)
        }
        known[rule.name] = retention
        return retention
    }

    /// Puts the rules of the captures in force, and a reserve of `freeSpace` bytes on every file system they write to.
    public func putInForce(_ rules: some Sequence<CaptureRule>, freeSpace: Int64) {
        for rule in rules { known[rule.name]?.change(to: rule.retention) }
        reserve.change(to: freeSpace, over: Array(known.values))
    }
}
