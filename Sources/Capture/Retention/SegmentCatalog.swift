package import Linux
import Rules
package import Segments
import Synchronization
import SystemPackage

/// The sealed segments of one capture, over all its interfaces, and their retention. Shared by the writer threads.
///
/// The catalog contains the segments that adoption found by their exact names, and those sealed since. It never
/// touches another file. `Inventory` decides in which order segments expire. A removal that fails is retried, after one
/// second at first and every five minutes in the end. Every removal is reported, and counted by reason. Cost: one
/// comparison per sealed segment, one removal per expired segment, and a scan if a segment may have become too old.
package final class SegmentCatalog: Sendable {
    package let capture: String
    /// The directory of the capture.
    package let path: String
    /// Segments of other captures that adoption found in the directory. They never expire here.
    package let others: [Adoption.Others]
    /// The timestamp of the last packet that adoption repaired; nil if no segment was open.
    package let repairedUntil: Timestamp?
    private let reserve: FreeSpaceGuard
    private let lastDevice: Atomic<UInt64>
    private let state: Mutex<State>

    private struct State {
        var holdings: Inventory
        /// Expired segments whose removal failed.
        var stuck: [(segment: Inventory.Held, reason: Removal.Reason)] = []
        /// The time of the next attempt, by the elapsed clock, and the pause before it, in nanoseconds.
        var retryAt: Int64 = 0
        var pause: Int64 = 0
        /// Removed segments by reason.
        var removed: [Removal.Reason: UInt64] = [:]

        /// Schedules the next attempt. Returns whether this is the first failure since the last success.
        mutating func noteFailure(_ hasFailed: Bool, isRetry: Bool, at now: Int64) -> Bool {
            let wasFailing = pause > 0
            if stuck.isEmpty { pause = 0 }
            guard hasFailed, isRetry || !wasFailing else { return false }
            pause = min(max(SegmentCatalog.shortestPause, pause * 2), SegmentCatalog.longestPause)
            retryAt = now + pause
            return !wasFailing
        }
    }

    /// The shortest and the longest pause between two attempts to remove a segment, in nanoseconds.
    private static let (shortestPause, longestPause): (Int64, Int64) = (.nanosecondsPerSecond, 300_000_000_000)

    /// A catalog of the segments that adoption found. Touches no disk. `reserve` is shared by all captures.
    package init(_ rule: RetentionRule, found: Adoption, reserve: FreeSpaceGuard, at now: Instant = .now) {
        (capture, path, others, self.reserve) = (found.capture, found.path, found.others, reserve)
        repairedUntil = found.repairs.compactMap(\.last).max()
        lastDevice = Atomic(found.device)
        state = Mutex(State(holdings: Inventory(rule, found: found.segments, at: now)))
    }

    /// Replaces the rule. Segments that the new rule does not retain expire at the next `prune`; `delay` is then zero.
    package func change(to rule: RetentionRule) { state.withLock { $0.holdings.rule = rule } }

    /// Adds a sealed segment that was created at `opened`, by the elapsed clock.
    package func add(_ name: SegmentName, size: Int64, opened: Int64, at now: Instant = .now) {
        state.withLock { $0.holdings.add(name, size: size, opened: opened, at: now) }
    }

    /// Removes the expired segments. A segment that another process has removed counts as removed; a failure is
    /// reported and retried. `remover` blocks as long as the disk does.
    package func prune(by remover: SegmentRemover = .thisThread, at now: Instant = .now) {
        let (expired, again) = state.withLock { state in
            let again = state.retryAt <= now.elapsed ? state.stuck : []
            if !again.isEmpty { state.stuck = [] }
            return (state.holdings.expire(at: now), again)
        }
        if !again.isEmpty { remove(again, for: nil, by: remover, at: now, isRetry: true) }
        if !expired.isEmpty { remove(expired, for: nil, by: remover, at: now) }
    }

    /// The time until `prune` has work, in nanoseconds; nil if it has none as things are. At most an hour if the wall
    /// clock matters.
    package func delay(at now: Instant = .now) -> Int64? {
        state.withLock { state in
            let retry = state.stuck.isEmpty ? nil : max(0, state.retryAt - now.elapsed)
            return [retry, state.holdings.delay(at: now)].compactMap(\.self).min()
        }
    }

    /// Removes segments. Returns how many existed, and their bytes.
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
            // Removals succeed again, so the failed ones are retried soon.
            if count > 0, failure == nil {
                state.retryAt = min(state.retryAt, now.elapsed + SegmentCatalog.shortestPause)
            }
            return state.noteFailure(failure != nil, isRetry: isRetry, at: now.elapsed)
        }
        if let failure, isNew { reserve.report(.retentionFailed(capture: capture, failure)) }
        return (count, bytes)
    }

    /// The number of segments, their bytes, and the timestamp of the first packet of the oldest one. Includes expired
    /// segments whose removal failed.
    package var holdings: (segments: Int, bytes: Int64, oldest: Timestamp?) {
        state.withLock { state in
            let stuck = state.stuck.map(\.segment)
            return (
                state.holdings.segments.count + stuck.count, state.holdings.bytes + stuck.reduce(0) { $0 + $1.size },
                ([state.holdings.oldest] + stuck.map(\.name.start)).compactMap(\.self).min()
            )
        }
    }

    /// The effect that another rule would have on the segments. Touches no disk.
    package func forecast(_ rule: RetentionRule, at now: Instant = .now) -> KeepForecast {
        KeepForecast(rule, for: state.withLock { $0.holdings }, at: now)
    }

    /// Removed segments by reason, since the catalog was made.
    package var removals: [Removal.Reason: UInt64] { state.withLock { $0.removed } }

    /// The number of adopted segments whose names are ahead of the clock.
    package var misdated: Int { state.withLock { $0.holdings.misdated } }

    // Room on the disk

    /// Makes room for `count` more bytes in an open segment, the file at `path` on `disk`. See `FreeSpaceGuard`.
    func makeRoom(for count: Int64, on disk: FileSystem, of path: String) throws(SystemError) {
        try reserve.makeRoom(for: count, on: disk, of: path, capture: capture)
    }

    /// Makes room for a new segment, the file at `path` on `disk`. See `FreeSpaceGuard`.
    func makeRoomForFile(on disk: FileSystem, of path: String) throws(SystemError) {
        try reserve.makeRoomForFile(on: disk, of: path, capture: capture)
    }

    /// The device of the directory (st_dev), as of its adoption or its newest segment. Asks no disk.
    package var device: UInt64 { lastDevice.load(ordering: .relaxed) }

    /// Notes the device of a new segment.
    func note(device: UInt64) { lastDevice.store(device, ordering: .relaxed) }

    /// The rank, among the segments of all captures, of the oldest segment that may expire to make room; nil if there
    /// is none, or if the rule retains everything.
    var oldestExpendable: Int64? {
        state.withLock { $0.holdings.rule == .everything ? nil : $0.holdings.segments.first?.rank }
    }

    /// Removes the oldest segment to make room for the capture `beneficiary`. Returns the files and bytes that this
    /// freed: none if the removal failed, or if another process had removed the segment.
    func removeOldest(_ reason: Removal.Reason, for beneficiary: String) -> (count: Int64, bytes: Int64) {
        guard let oldest = state.withLock({ $0.holdings.takeOldest() }) else { return (0, 0) }
        return remove([(oldest, reason)], for: beneficiary, by: .thisThread, at: .now)
    }
}
