package import Rules
package import Segments

/// The catalogs of all captures, by name, and the free-space reserve that they share.
package struct SegmentCatalogs: Sendable {
    private let reserve: FreeSpaceGuard
    private var known: [String: SegmentCatalog] = [:]
    /// The directories, by capture, whose disks have not answered yet.
    private var unanswered: [String: String] = [:]

    /// No catalogs. `report` receives every removal, on the thread that removes.
    package init(report: @escaping CaptureReport) { reserve = FreeSpaceGuard(report: report) }

    /// No catalogs, with the reserve of `running`, from which `keep` takes over the catalogs of captures that continue.
    package init(after running: SegmentCatalogs) { reserve = running.reserve }

    package subscript(capture: String) -> SegmentCatalog? { known[capture] }

    /// The directories of all captures.
    package var directories: Set<String> { Set(known.values.map(\.path)) }

    /// The device of each directory of the running captures, as of its adoption or its newest segment. Asks no disk;
    /// may be called on any thread.
    package var devices: @Sendable () -> [String: UInt64] { { [reserve] in reserve.devices } }

    /// The catalogs of captures that `others` does not have, or has in another directory. Their segments no longer
    /// expire.
    package func dropped(by others: SegmentCatalogs) -> [SegmentCatalog] {
        known.values.filter { others[$0.capture]?.path != $0.path }.sorted { $0.capture < $1.capture }
    }

    /// Takes over the catalog of a capture that stays in its directory. Returns false if the directory must be adopted
    /// first. Touches no disk.
    package mutating func keep(_ rule: CaptureRule, from running: SegmentCatalogs) -> Bool {
        if running.unanswered[rule.name] == rule.directory {
            unanswered[rule.name] = rule.directory
            return true
        }
        guard let before = running[rule.name], before.path == rule.directory else { return false }
        known[rule.name] = before
        return true
    }

    /// Notes a capture whose directory cannot be adopted yet, because its disk does not answer. No tap can serve it.
    package mutating func wait(for rule: CaptureRule) { unanswered[rule.name] = rule.directory }

    /// The names of captures whose directories have not been adopted yet.
    package var awaited: Set<String> { Set(unanswered.keys) }

    /// Adopts the directory of a capture that has answered late. Returns false if the capture no longer waits for it.
    package mutating func adopt(_ rule: CaptureRule, found: Adoption) -> Bool {
        guard unanswered[rule.name] == rule.directory, found.path == rule.directory else { return false }
        unanswered[rule.name] = nil
        open(rule, found: found)
        return true
    }

    /// Takes over the catalogs that `running` has received meanwhile for captures that wait here. Returns those
    /// captures.
    package mutating func takeLate(from running: SegmentCatalogs) -> Set<String> {
        var late: Set<String> = []
        for (name, directory) in unanswered where running.unanswered[name] == nil {
            unanswered[name] = nil
            guard let retention = running[name], retention.path == directory else { continue }
            known[name] = retention
            late.insert(name)
        }
        return late
    }

    /// Adds the catalog of a capture, with the segments that adoption found. Touches no disk.
    package mutating func open(_ rule: CaptureRule, found: Adoption) {
        known[rule.name] = SegmentCatalog(rule.retention, found: found, reserve: reserve)
    }

    /// Applies the retention rules of the captures, and a reserve of `freeSpace` bytes on every file system.
    package func apply(_ rules: some Sequence<CaptureRule>, freeSpace: Int64) {
        for rule in rules { known[rule.name]?.change(to: rule.retention) }
        reserve.change(to: freeSpace, over: Array(known.values))
    }
}
