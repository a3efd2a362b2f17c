import DequeModule
package import Linux
import Synchronization
import SystemPackage

/// Which sealed segments of one capture may stay, over all its interfaces; shared by its writer threads.
///
/// It knows the segments that were in the folder at the start, found by exact name, and those sealed since. Nothing else is
/// ever touched. The oldest by the time in their name go first. Cost: one comparison for each segment sealed, one
/// removal for each that goes.
public final class Retention: Sendable {
    /// The folder.
    public let path: String
    private let reserve: Reserve
    private let ledger: Mutex<Ledger>

    private struct Ledger {
        var rule: RetentionRule
        /// Oldest first.
        var segments: Deque<(name: SegmentName, size: Int64)> = []
        /// Bytes of all of them.
        var size: Int64 = 0
    }

    /// What was repaired at the start, or could not be.
    public let repairs: [Repair]

    /// Adopts the sealed segments of `capture` in the folder at `path`, which is made where it is missing; throws where no
    /// segment could be made in it. Open segments that a crash has left are made whole first; one that cannot be is left where
    /// it is, and is no reason not to begin. `reserve` is what all captures share.
    package init(
        _ rule: RetentionRule, capture: String, path: String, reserve: Reserve
    ) throws(SystemError) {
        (self.path, self.reserve) = (path, reserve)
        let directory = try Directory(making: path)
        try directory.checkWritable()
        var repairs: [Repair] = []
        for file in try directory.files() {
            guard let name = SegmentName(open: file.name, of: capture) else { continue }
            if let repair = Repair(name, in: directory, size: file.size) { repairs.append(repair) }
        }
        self.repairs = repairs
        var found = Ledger(rule: rule)
        for file in try directory.files() {
            guard let name = SegmentName(file.name, of: capture) else { continue }
            found.segments.append((name, file.size))
            found.size += file.size
        }
        found.segments.sort { $0.name.start < $1.name.start }
        ledger = Mutex(found)
    }

    /// Puts another rule in force; segments go when the next one is sealed, or their time comes.
    public func change(to rule: RetentionRule) { ledger.withLock { $0.rule = rule } }

    /// Takes note of a segment that has been sealed.
    package func add(_ name: SegmentName, size: Int64) {
        ledger.withLock { ledger in
            let place = ledger.segments.lastIndex { $0.name.start <= name.start }.map { $0 + 1 } ?? 0
            ledger.segments.insert((name, size), at: place)
            ledger.size += size
        }
    }

    /// Removes what the rule no longer lets stay at wall second `now`. A segment that somebody else has removed is gone all
    /// the same; one that cannot be removed is reported, and not tried again before the next start.
    package func prune(at now: Int64) throws(SystemError) {
        let expired = ledger.withLock { ledger in
            let rule = ledger.rule
            var removed: [String] = []
            while let oldest = ledger.segments.first,
                ledger.size > rule.size ?? .max || ledger.segments.count > rule.files ?? .max
                    || now - oldest.name.start.seconds > rule.age ?? .max
            {
                ledger.size -= oldest.size
                removed.append(ledger.segments.removeFirst().name.sealed)
            }
            return removed
        }
        guard !expired.isEmpty else { return }
        let directory = try Directory(path)
        var failure: SystemError?
        for name in expired {
            do { try remove(name, from: directory) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Removes a segment; false when it was gone already.
    @discardableResult
    private func remove(_ name: String, from directory: borrowing Directory) throws(SystemError) -> Bool {
        do { return try directory.removeFile(name) } catch {
            if error.errno != .noSuchFileOrDirectory { throw error }
            return false
        }
    }

    /// What there is: how many segments, how many bytes in all of them, when the first packet of the oldest came.
    public var holdings: (segments: Int, bytes: Int64, oldest: Timestamp?) {
        ledger.withLock { ($0.segments.count, $0.size, $0.segments.first?.name.start) }
    }

    // Room on the disk

    /// Sees to it that an open segment, the file at `path` on `disk`, can grow by `count` bytes. See `Reserve`.
    func makeRoom(for count: Int64, on disk: FileSystem, of path: String) throws(SystemError) {
        try reserve.makeRoom(for: count, on: disk, of: path)
    }

    /// The file system that the folder is on now; nil when it is gone.
    var device: UInt64? { try? Directory(path).fileSystem().device }

    /// When the oldest segment began that may go to make room; nil when there is none, or all are to stay.
    var oldestExpendable: Timestamp? {
        ledger.withLock { $0.rule == .everything ? nil : $0.segments.first?.name.start }
    }

    /// Removes the oldest segment; returns its bytes, 0 when it was gone already, or there is none.
    func removeOldest() throws(SystemError) -> Int64 {
        let oldest = ledger.withLock { ledger -> (name: SegmentName, size: Int64)? in
            guard let oldest = ledger.segments.popFirst() else { return nil }
            ledger.size -= oldest.size
            return oldest
        }
        guard let oldest else { return 0 }
        return try remove(oldest.name.sealed, from: try Directory(path)) ? oldest.size : 0
    }

    /// The wall second at which the next segment becomes too old; nil when none will.
    package var nextExpiry: Int64? {
        ledger.withLock { ledger in
            guard let age = ledger.rule.age, let oldest = ledger.segments.first else { return nil }
            return oldest.name.start.seconds + age + 1
        }
    }
}
