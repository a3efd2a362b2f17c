import Capture
import Control
import Ledger
import Linux

/// The counted losses that go on: one entry for each meter that has an open episode.
///
/// An episode begins when the thread that counts reports it, and ends when nothing was lost for a second. Its numbers come
/// from the meter alone, so that episodes and counters cannot differ.
struct LossBook {
    /// Nanoseconds without a loss after which an episode is over.
    static let quiet: UInt64 = .nanosecondsPerSecond
    /// Nanoseconds from one sign of life of an open episode to the next.
    static let aliveInterval: UInt64 = 10_000_000_000

    private struct Entry {
        let meter: LossMeter
        let subject: LossSubject
        /// Whose ledgers have its beginning.
        let captures: [String]
        let number: UInt64
        var saidAt: UInt64
    }

    private let names: EpisodeNames
    private var entries: [Entry] = []
    /// When the last packet was lost, of each capture, and of each tap's captures.
    private(set) var last: [String: Moment] = [:]

    init(_ names: EpisodeNames) { self.names = names }

    /// Whether `look` has something to do.
    var isIdle: Bool { entries.isEmpty }

    /// A meter has begun an episode, which concerns these captures, at `now` by the monotonic clock.
    mutating func began(
        _ meter: LossMeter, _ subject: LossSubject, captures: [String], now: UInt64
    ) -> [CoverageEffect] {
        guard let episode = meter.reading.open, !entries.contains(where: { $0.number == episode.number }) else {
            return []
        }
        entries.append(
            Entry(meter: meter, subject: subject, captures: captures, number: episode.number, saidAt: now))
        note(episode, captures)
        return CoverageEffect.both(gap(episode, subject, open: true), captures)
    }

    /// Ends what is over, and gives signs of life of what goes on.
    mutating func look(now: UInt64) -> [CoverageEffect] {
        end(ifQuietSince: now - min(now, LossBook.quiet)) { _ in true } + signsOfLife(now)
    }

    /// Ends the episodes of a tap's ring, whose captures are about to be others: what is lost from now on concerns those.
    mutating func settle(tap: Int) -> [CoverageEffect] { end { $0.tap == tap && $0.capture == nil } }

    /// Ends all of them.
    mutating func settleAll() -> [CoverageEffect] { end { _ in true } }

    private mutating func end(
        ifQuietSince limit: UInt64 = .max, _ isMeant: (LossSubject) -> Bool
    ) -> [CoverageEffect] {
        var (effects, rest): ([CoverageEffect], [Entry]) = ([], [])
        for entry in entries {
            guard isMeant(entry.subject), let episode = entry.meter.end(ifQuietSince: limit) else {
                rest.append(entry)
                continue
            }
            note(episode, entry.captures)
            effects += CoverageEffect.both(gap(episode, entry.subject, open: false), entry.captures)
        }
        entries = rest
        return effects
    }

    private mutating func signsOfLife(_ now: UInt64) -> [CoverageEffect] {
        var effects: [CoverageEffect] = []
        for index in entries.indices where now - min(now, entries[index].saidAt) >= LossBook.aliveInterval {
            guard let episode = entries[index].meter.reading.open else { continue }
            entries[index].saidAt = now
            note(episode, entries[index].captures)
            let line = LedgerLine(gap(episode, entries[index].subject, open: true), .alive)
            effects.append(.write(line, captures: entries[index].captures))
        }
        return effects
    }

    private mutating func note(_ episode: LossEpisode, _ captures: [String]) {
        for capture in captures { last[capture] = Moment(nanoseconds: episode.to) }
    }

    /// The open episodes that concern a capture, as they are at this moment. `others` are meters whose first loss may not have
    /// been reported yet, with the captures that they concern.
    func open(of capture: String, others: [(meter: LossMeter, captures: [String])] = []) -> [Gap] {
        let known = entries.map { (meter: $0.meter, captures: $0.captures) }
        var seen: Set<UInt64> = []
        return (known + others).compactMap { meter, captures in
            let reading = meter.reading
            guard captures.contains(capture), let episode = reading.open, let subject = reading.subject,
                seen.insert(episode.number).inserted
            else { return nil }
            return gap(episode, subject, open: true)
        }
    }

    private func gap(_ episode: LossEpisode, _ subject: LossSubject, open: Bool) -> Gap {
        Gap(
            episode: names.name(episode.number), cause: GapCause(episode.cause),
            scope: subject.capture == nil ? .tap : .capture, interface: subject.interface, worker: subject.worker,
            from: Moment(nanoseconds: episode.from), to: Moment(nanoseconds: episode.to), packets: episode.packets,
            open: open)
    }
}

extension GapCause {
    init(_ cause: LossCause) {
        self =
            switch cause {
            case .ring: .ring
            case .hold: .hold
            case .disk: .disk
            }
    }
}
