import Linux
import Synchronization

/// One counter of losses, and when it grew: episodes, one after the other.
///
/// The thread that counts notes each growth, once for a block or a buffer at most and only when packets were lost. The first
/// one after a quiet while begins an episode, which is reported at once; the control plane ends it. The counter and the
/// episodes are one state (I: always, total = packets of the ended episodes + packets of the open one), so that no account
/// of episodes can differ from the counters.
public final class LossMeter: Sendable {
    /// A snapshot of both.
    public struct Reading: Equatable, Sendable {
        /// Packets lost since the meter was made.
        public var total: UInt64
        /// The episode that has not ended.
        public var open: LossEpisode?
        /// Whose losses these are; nil before its threads have started.
        public var subject: LossSubject?
    }

    private struct State {
        var open: LossEpisode?
        /// When it grew last, by the monotonic clock.
        var grew: UInt64 = 0
        var subject: LossSubject?
        var report: CaptureReport?
    }

    public let cause: LossCause
    /// Changed under the lock of `state`; read without it.
    private let count = Atomic<UInt64>(0)
    private let state = Mutex(State())

    public init(_ cause: LossCause) { self.cause = cause }

    /// Packets lost so far.
    public var total: UInt64 { count.load(ordering: .acquiring) }

    /// From now on the beginning of an episode is reported, with `subject`. Called before the thread that counts starts.
    func attach(_ subject: LossSubject, report: @escaping CaptureReport) {
        state.withLock { ($0.subject, $0.report) = (subject, report) }
    }

    // The side of the thread that counts.

    /// Notes that `packets` more were lost, which came between two times by the wall clock, in nanoseconds since 1970.
    func add(_ packets: UInt64, from: Int64, to: Int64) {
        guard packets > 0 else { return }
        let now = Clock.monotonic()
        let begun = state.withLock { state -> (LossSubject?, CaptureReport)? in
            count.add(packets, ordering: .releasing)
            state.grew = now
            if var open = state.open {
                // A clock that is set back makes no episode shorter.
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
    public var reading: Reading {
        state.withLock { Reading(total: count.load(ordering: .relaxed), open: $0.open, subject: $0.subject) }
    }

    /// Ends the open episode and returns it; nil when there is none, or when it grew after `limit`, by the monotonic clock.
    public func end(ifQuietSince limit: UInt64 = .max) -> LossEpisode? {
        state.withLock { state in
            guard state.grew <= limit else { return nil }
            return state.open.take()
        }
    }
}
