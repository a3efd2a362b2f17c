import Control
import Ledger
import Linux

/// What the accounts of coverage are told, beside what captures and interfaces do.
enum CoverageEvent: Sendable {
    /// Losses may be over.
    case look
    /// Of the ledger of a capture in a folder.
    case ledger(capture: String, folder: String, CaptureLedger.News)
    /// The files for this question have been read.
    case read(question: Int, Result<LedgerReader, SystemError>)
    /// This question has waited long enough for the disk.
    case unanswered(question: Int)
}

/// A question about the coverage of a capture, and who waits for the answer.
struct CoverageQuestion: Sendable {
    var capture: String
    var from: Moment?
    var to: Moment?
    var reply: Reply<Coverage>
}
