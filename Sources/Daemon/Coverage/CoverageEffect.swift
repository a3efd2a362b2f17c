import Capture
import Control
import Ledger

/// What an event means for the accounts of coverage. Whoever owns them carries it out.
enum CoverageEffect: Equatable, Sendable {
    /// A line for the ledgers of these captures.
    case write(LedgerLine, captures: [String])
    /// A line for the journal: the episode has begun, or has ended.
    case tell(Gap, captures: [String])

    /// The beginning or the end of an episode, as `gap` says, in ledgers and journal.
    static func both(_ gap: Gap, _ captures: [String]) -> [CoverageEffect] {
        [.write(LedgerLine(gap, gap.open ? .begin : .end), captures: captures), .tell(gap, captures: captures)]
    }
}

/// The names of the episodes of one run of the daemon: `20261122T120046.123456Z-17`, by the start of the run.
struct EpisodeNames: Sendable {
    let run: String

    init(start: Moment) { run = Timestamp(nanoseconds: start.nanoseconds).description }

    func name(_ number: UInt64) -> String { "\(run)-\(number)" }
    func next() -> String { name(LossEpisode.nextNumber()) }
}
