public import Linux
public import Segments
import Synchronization
import SystemPackage

/// Which sealed segments of one capture may stay, over all its interfaces; shared by its writer threads.
///
/// It knows the segments that were in the directory at the start, found by exact name, and those sealed since. Nothing else is
/// ever touched. `Inventory` says in which order they expire. A removal that fails is tried again, at first after a second, at
/// last every five minutes. Every removal is reported, and counted by reason. Cost: a comparison for each segment sealed,
/// a removal for each that expires; a look at all of them when one may have become too old.
public final class SegmentCatalog: Sendable {
    public let capture: String
    /// The directory.
    public let path: String
    /// Segments of other captures that were in the directory at the start; this never touches them.
    public let others: [Adoption.Others]
    /// When the last packet came of those that adoption found in open segments; nil: there were none.
    public let repairedUntil: Timestamp?
    private let reserve: FreeSpaceGuard
    private let lastDevice: Atomic<UInt64>
    private let state: Mutex<State>

    private struct State {
        var holdings: Inventory
        /// Segments that have expired, and could not be removed.
        var stuck: [(segment: Inventory.Held, reason: Removal.Reason)] = []
        /// When to try again, by the elapsed clock, and how long that is after the last try.
        var retryAt: Int64 = 0
        var pause: Int64 = 0
        /// How many were removed.
        var removed: [Removal.Reason: UInt64] = [:]

        /// Sets when to try again; returns whether this is the first failure since all could be removed.
        mutating func noteFailure(_ hasFailed: Bool, isRetry: Bool, at now: Int64) -> Bool {
            let wasFailing = pause > 0
            if stuck.isEmpty { pause = 0 }
            guard hasFailed, isRetry || !wasFailing else { return false }
            pause = min(max(SegmentCatalog.shortestPause, pause * 2), SegmentCatalog.longestPause)
            retryAt = now + pause
            return !wasFailing
        }
    }

    /// The shortest and the longest time between two tries to remove a segment, in nanoseconds.
    private static let (shortestPause, longestPause): (Int64, Int64) = (.nanosecondsPerSecond, 300_000_000_000)

    /// Keeps account of what `found` says is there. Touches no disk. `reserve` is what all captures share.
    package init(_ rule: RetentionRule, found: Adoption, reserve: FreeSpaceGuard, at now: Instant = .now) {
        (capture, path, others, self.reserve) = (found.capture, found.path, found.others, reserve)
        repairedUntil = found.repairs.compactMap(\.last).max()
        lastDevice = Atomic(found.device)
        state = Mutex(State(holdings: Inventory(rule, found: found.segments, at: now)))
    }

    /// Puts another rule in force. What it no longer lets stay goes at the next `prune`, for which `delay` is zero then.
    public func change(to rule: RetentionRule) { state.withLock { $0.holdings.rule = rule } }

    /// Takes note of a segment that has been sealed, and was begun at `opened`, by the elapsed clock.
    package func add(_ name: SegmentName, size: Int64, opened: Int64, at now: Instant = .now) {
        state.withLock { $0.holdings.add(name, size: size, opened: opened, at: now) }
    }

    /// Removes what the rule no longer lets stay. A segment that somebody else has removed is gone all the same; one that cannot
    /// be removed is reported, and tried again. `remover` does it, and takes as long as the disk does.
    public func prune(by remover: SegmentRemover = .thisThread, at now: Instant = .now) {
        let (expired, again) = state.withLock { state in
            let again = state.retryAt <= now.elapsed ? state.stuck : []
            if !again.isEmpty { state.stuck = [] }
            return (state.holdings.expire(at: now), again)
        }
        if !again.isEmpty { remove(again, for: nil, by: remover, at: now, isRetry: true) }
        if !expired.isEmpty { remove(expired, for: nil, by: remover, at: now) }
    }

    /// How long until `prune` has something to do, in nanoseconds; nil when it never will as things are. An hour at most, where
    /// the wall clock matters.
    public func delay(at now: Instant = .now) -> Int64? {
        state.withLock { state in
            let retry = state.stuck.isEmpty ? nil : max(0, state.retryAt - now.elapsed)
            return [retry, state.holdings.delay(at: now)].compactMap(\.self).min()
        }
    }

    /// Removes segments; returns how many were still there, and the bytes of those.
    @discardableResult
    private func remove(
        _ expired: [(segment: Inventory.Held, reason: Removal.Reason)], for beneficiary: String?,
        by remover: SegmentRemover, at now: Instant, isRetry: Bool = false
    ) -> (count: Int64, bytes: Int64) {
        var (count, bytes): (Int64, Int64) = (0, 0)
        var failure: SystemError?
        for (segment, reason) in expired {
            let name = segment.name.sealed
            do {
                guard try remover.remove(name, path) else { continue }
                (count, bytes) = (count + 1, bytes + segment.size)
                state.withLock { $0.removed[reason, default: 0] += 1 }
                reserve.report(
                    .expired(
                        Removal(
                            capture: capture, path: path + "/" + name, size: segment.size, reason: reason,
                            beneficiary: beneficiary)))
            } catch {
                failure = error
                state.withLock { $0.stuck.append((segment, reason)) }
            }
        }
        let isNew = state.withLock { state in
            // Removals succeed again: what failed need not wait for long.
            if count > 0, failure == nil {
                state.retryAt = min(state.retryAt, now.elapsed + SegmentCatalog.shortestPause)
            }
            return state.noteFailure(failure != nil, isRetry: isRetry, at: now.elapsed)
        }
        if let failure, isNew { reserve.report(.retentionFailed(capture: capture, failure)) }
        return (count, bytes)
    }

    /// What there is: how many segments, how many bytes in all of them, when the first packet of the oldest came. What should
    /// have gone and could not is among them.
    public var holdings: (segments: Int, bytes: Int64, oldest: Timestamp?) {
        state.withLock { state in
            let stuck = state.stuck.map(\.segment)
            return (
                state.holdings.segments.count + stuck.count, state.holdings.bytes + stuck.reduce(0) { $0 + $1.size },
                ([state.holdings.oldest] + stuck.map(\.name.start)).compactMap(\.self).min()
            )
        }
    }

    /// What another rule would do to the segments that there are. Touches no disk.
    public func forecast(_ rule: RetentionRule, at now: Instant = .now) -> KeepForecast {
        KeepForecast(rule, for: state.withLock { $0.holdings }, at: now)
    }

    /// How many segments were removed, by reason, since this began.
    public var removals: [Removal.Reason: UInt64] { state.withLock { $0.removed } }

    /// How many segments are named ahead of the clock, as they were found at the start.
    public var misdated: Int { state.withLock { $0.holdings.misdated } }

    // Room on the disk

    /// Sees to it that an open segment of this capture, the file at `path` on `disk`, can grow by `count` bytes. See `FreeSpaceGuard`.
    func makeRoom(for count: Int64, on disk: FileSystem, of path: String) throws(SystemError) {
        try reserve.makeRoom(for: count, on: disk, of: path, capture: capture)
    }

    /// Sees to it that a segment, the file at `path` on `disk`, can be made. See `FreeSpaceGuard`.
    func makeRoomForFile(on disk: FileSystem, of path: String) throws(SystemError) {
        try reserve.makeRoomForFile(on: disk, of: path, capture: capture)
    }

    /// The file system that the directory is on (st_dev), as of its adoption or its last segment. Asks no disk.
    public var device: UInt64 { lastDevice.load(ordering: .relaxed) }

    /// Takes note of where a segment has been made.
    func note(device: UInt64) { lastDevice.store(device, ordering: .relaxed) }

    /// The place of the oldest segment that may go to make room, among those of all captures; nil when there is none, or all
    /// are to stay.
    var oldestExpendable: Int64? {
        state.withLock { $0.holdings.rule == .everything ? nil : $0.holdings.segments.first?.rank }
    }

    /// Removes the oldest segment to make room for `beneficiary`; returns how many files and bytes that has made free, none when it
    /// is still there, or was gone already.
    func removeOldest(_ reason: Removal.Reason, for beneficiary: String) -> (count: Int64, bytes: Int64) {
        guard let oldest = state.withLock({ $0.holdings.takeOldest() }) else { return (0, 0) }
        return remove([(oldest, reason)], for: beneficiary, by: .thisThread, at: .now)
    }
}
