import Capture
import Control
import Ledger
import Linux

/// The open episodes of counted drops: one entry per meter with an open episode.
///
/// An episode begins with the report of the counting thread, and ends after a second without drops. Its numbers come
/// from the meter alone, so episodes and counters cannot differ (I11).
struct LossBook {
    /// Nanoseconds without drops after which an episode ends.
    static let quiet: UInt64 = .nanosecondsPerSecond
    /// Nanoseconds between two `alive` lines of an open episode.
    static let aliveInterval: UInt64 = 10_000_000_000

    private struct Entry {
        let meter: LossMeter
        let subject: LossSubject
        /// The captures whose ledgers have the beginning of the episode.
        let captures: [String]
        let number: UInt64
        var saidAt: UInt64
    }

    private let names: EpisodeNames
    private var entries: [Entry] = []
    /// Timestamp of the last dropped packet, by capture.
    private(set) var last: [String: Timestamp] = [:]

    init(_ names: EpisodeNames) { self.names = names }

    /// Whether no episode is open, so that `look` has no work.
    var isIdle: Bool { entries.isEmpty }

    /// Notes that a meter began an episode for these captures, at `now` by the monotonic clock.
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

    /// Ends episodes that are over, and writes `alive` lines for the others.
    mutating func look(now: UInt64) -> [CoverageEffect] {
        end(ifQuietSince: now - min(now, LossBook.quiet)) { _ in true } + signsOfLife(now)
    }

    /// Ends the episode of a tap's ring when the tap's captures are about to change: later drops concern the new
    /// captures.
    mutating func endDrops(ofTap tap: Int) -> [CoverageEffect] { end { $0.tap == tap && $0.capture == nil } }

    /// Ends every episode.
    mutating func endAll() -> [CoverageEffect] { end { _ in true } }

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
        for capture in captures { last[capture] = Timestamp(nanosecondsSince1970: episode.to) }
    }

    /// The open episodes of a capture now. `others` are meters whose first drop may not be reported yet, with their
    /// captures.
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
            from: Timestamp(nanosecondsSince1970: episode.from), to: Timestamp(nanosecondsSince1970: episode.to),
            packets: episode.packets,
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
