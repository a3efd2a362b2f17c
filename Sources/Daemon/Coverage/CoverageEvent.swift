import Control
import Ledger
import Linux

/// Events for the accounts of coverage that do not come from captures or interfaces.
enum CoverageEvent: Sendable {
    /// Check which episodes are over.
    case look
    /// News of a capture's ledger in a directory.
    case ledger(capture: String, folder: String, CaptureLedger.News)
    /// The ledger files for this question were read.
    case read(question: Int, Result<LedgerReader, SystemError>)
    /// This question has waited for the disk long enough.
    case unanswered(question: Int)
}

/// A client's question about the coverage of a capture.
struct CoverageQuestion: Sendable {
    var capture: String
    var from: Timestamp?
    var to: Timestamp?
    var reply: Reply<Coverage>
}
