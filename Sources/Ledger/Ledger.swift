// Ledger: a record of what a capture missed, in a file beside its segments, readable without the daemon.
//
//     LedgerLine      a line of JSON: an episode begins or ends, packets arrive, a segment is removed
//     LedgerHeader    the first line of each file, with the format version
//     LedgerHistory   the state that lines add up to: episodes, and how the last daemon ended
//     PendingLines    lines not yet written to the disk, in bounded memory
//     LedgerFile      the file as the daemon writes it: adopted, appended to, rotated
//     LedgerReader    the files as any program reads them
//
// The daemon writes to CAPTURE.ledger. At 1 MiB the file is renamed to CAPTURE.ledger.N, where N is one more than the
// last number, so CAPTURE.ledger.1 is the oldest. Each file is complete in itself: it begins with the episodes that
// are open.

import Control
package import Linux

/// The first line of a ledger file.
package struct LedgerHeader: Codable, Equatable, Sendable {
    /// The format version that this release writes, and the newest it can read.
    package static let version = 1
    static let format = "holdfast"

    package var ledger = LedgerHeader.format
    package var version = LedgerHeader.version
    package var capture: String
    /// When the file was created.
    package var begun: Timestamp

    package init(capture: String, begun: Timestamp) { (self.capture, self.begun) = (capture, begun) }
}

/// The file names of a capture's ledger.
package enum LedgerName {
    package static func current(of capture: String) -> String { capture + ".ledger" }

    /// The name of a rotated file. The oldest file has number 1.
    static func rotated(_ number: Int, of capture: String) -> String { "\(current(of: capture)).\(number)" }

    /// The number in the name of a rotated file; nil for any other name.
    static func number(_ name: String, of capture: String) -> Int? {
        let prefix = current(of: capture) + "."
        guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)), number > 0 else { return nil }
        return rotated(number, of: capture) == name ? number : nil
    }
}
