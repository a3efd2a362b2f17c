public import Segments

/// Where the segments of every capture are kept account of, by the capture's name, and the space that all leave alone.
public struct SegmentCatalogs: Sendable {
    private let reserve: FreeSpaceGuard
    private var known: [String: SegmentCatalog] = [:]
    /// The directory of each capture, by its name, whose disk has not answered yet.
    private var unanswered: [String: String] = [:]

    /// None yet. `report` hears of every removal, from the thread that it happens on.
    public init(report: @escaping CaptureReport) { reserve = FreeSpaceGuard(report: report) }

    /// None yet; those of captures that go on are taken over from `running`.
    public init(after running: SegmentCatalogs) { reserve = running.reserve }

    public subscript(capture: String) -> SegmentCatalog? { known[capture] }

    /// The directories of all captures.
    public var directories: Set<String> { Set(known.values.map(\.path)) }

    /// The device of each directory, as of its adoption or its last segment, of the captures that are in force by then. Asks no
    /// disk; any thread.
    public var devices: @Sendable () -> [String: UInt64] { { [reserve] in reserve.devices } }

    /// Those of captures that `others` does not know, or knows elsewhere: nothing that they keep account of expires any more.
    public func dropped(by others: SegmentCatalogs) -> [SegmentCatalog] {
        known.values.filter { others[$0.capture]?.path != $0.path }.sorted { $0.capture < $1.capture }
    }

    /// Takes over what is kept account of already, where the capture stays in its directory. False when that has to be adopted
    /// first. Touches no disk.
    public mutating func keep(_ rule: CaptureRule, from running: SegmentCatalogs) -> Bool {
        if running.unanswered[rule.name] == rule.directory {
            unanswered[rule.name] = rule.directory
            return true
        }
        guard let before = running[rule.name], before.path == rule.directory else { return false }
        known[rule.name] = before
        return true
    }

    /// Takes note of a capture whose directory cannot be adopted yet, as its disk does not answer. No tap can serve it.
    public mutating func wait(for rule: CaptureRule) { unanswered[rule.name] = rule.directory }

    /// Captures, by name, whose directory has not been adopted yet.
    public var awaited: Set<String> { Set(unanswered.keys) }

    /// The directory of this capture has answered after all: takes it, should it still be waited for.
    public mutating func settle(_ rule: CaptureRule, found: Adoption?) -> Bool {
        guard unanswered[rule.name] == rule.directory, found?.path ?? rule.directory == rule.directory else {
            return false
        }
        unanswered[rule.name] = nil
        if let found { open(rule, found: found) }
        return true
    }

    /// Takes over what `running` has got meanwhile of what this waits for; returns those captures.
    public mutating func settle(with running: SegmentCatalogs) -> Set<String> {
        var settled: Set<String> = []
        for (name, directory) in unanswered where running.unanswered[name] == nil {
            unanswered[name] = nil
            guard let retention = running[name], retention.path == directory else { continue }
            known[name] = retention
            settled.insert(name)
        }
        return settled
    }

    /// Begins to keep account of a capture with what `found` says is in its directory. Touches no disk.
    public mutating func open(_ rule: CaptureRule, found: Adoption) {
        known[rule.name] = SegmentCatalog(rule.retention, found: found, reserve: reserve)
    }

    /// Puts the rules of the captures in force, and a reserve of `freeSpace` bytes on every file system they write to.
    public func putInForce(_ rules: some Sequence<CaptureRule>, freeSpace: Int64) {
        for rule in rules { known[rule.name]?.change(to: rule.retention) }
        reserve.change(to: freeSpace, over: Array(known.values))
    }
}
