import Capture
import Control
import Ledger
import Linux
import Segments

/// What an event means for the ledgers and the journal. `CoverageAccounts` carries it out.
enum CoverageEffect: Equatable, Sendable {
    /// Write a line to the ledgers of these captures.
    case write(LedgerLine, captures: [String])
    /// Log that an episode began or ended.
    case tell(Gap, captures: [String])

    /// Both: writes the beginning or the end of an episode, and logs it.
    static func both(_ gap: Gap, _ captures: [String]) -> [CoverageEffect] {
        [.write(LedgerLine(gap, gap.open ? .begin : .end), captures: captures), .tell(gap, captures: captures)]
    }
}

/// The episode names of one run of the daemon, after the time of its start: `20261122T120046.123456Z-17`.
struct EpisodeNames: Sendable {
    let run: String

    init(start: Timestamp) { run = start.compact }

    func name(_ number: UInt64) -> String { "\(run)-\(number)" }
    func next() -> String { name(LossEpisode.nextNumber()) }
}
