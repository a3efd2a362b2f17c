import Linux
import Synchronization

/// A counter of drops, and the episodes in which it grew.
///
/// The counting thread notes each growth, at most once per block or buffer and only if packets were dropped. The first
/// growth after a quiet second begins an episode and reports it at once; the control plane ends the episode. One lock
/// guards counter and episodes, so that at every moment the total is the sum of all ended episodes and the open one
/// (I11).
package final class LossMeter: Sendable {
    /// Counter and open episode at one moment.
    package struct Reading: Equatable, Sendable {
        /// Packets dropped since the meter was created.
        package var total: UInt64
        /// The open episode, if there is one.
        package var open: LossEpisode?
        /// What the drops belong to; nil before the threads have started.
        package var subject: LossSubject?
    }

    private struct State {
        var open: LossEpisode?
        /// Time of the last growth, by the monotonic clock, in nanoseconds.
        var grew: UInt64 = 0
        var subject: LossSubject?
        var report: CaptureReport?
    }

    package let cause: LossCause
    /// Changed under the lock of `state`; read without it.
    private let count = Atomic<UInt64>(0)
    private let state = Mutex(State())

    package init(_ cause: LossCause) { self.cause = cause }

    /// Packets dropped so far. Any thread may read it.
    package var total: UInt64 { count.load(ordering: .acquiring) }

    /// Sets the subject and the receiver of reports. Call it before the counting thread starts.
    func attach(_ subject: LossSubject, report: @escaping CaptureReport) {
        state.withLock { ($0.subject, $0.report) = (subject, report) }
    }

    // The side of the counting thread.

    /// Adds `packets` drops between two timestamps, by the wall clock, in nanoseconds since 1970.
    func add(_ packets: UInt64, from: Int64, to: Int64) {
        guard packets > 0 else { return }
        let now = Clock.monotonic()
        let begun = state.withLock { state -> (LossSubject?, CaptureReport)? in
            count.add(packets, ordering: .releasing)
            state.grew = now
            if var open = state.open {
                // If the clock was set back, the episode does not become shorter.
                (open.packets, open.to) = (open.packets + packets, max(open.to, to))
                state.open = open
                return nil
            }
            state.open = LossEpisode(
                number: LossEpisode.nextNumber(), cause: cause, from: min(from, to), to: to, packets: packets)
            return state.report.map { (state.subject, $0) }
        }
        if let (subject, report) = begun, let subject { report(.lossBegan(self, subject)) }
    }

    // The side of the control plane.

    /// The counter and the open episode, at one moment.
    package var reading: Reading {
        state.withLock { Reading(total: count.load(ordering: .relaxed), open: $0.open, subject: $0.subject) }
    }

    /// Ends the open episode and returns it. Returns nil if there is none, or if it grew after `limit` (monotonic
    /// clock).
    package func end(ifQuietSince limit: UInt64 = .max) -> LossEpisode? {
        state.withLock { state in
            guard state.grew <= limit else { return nil }
            return state.open.take()
        }
    }
}
