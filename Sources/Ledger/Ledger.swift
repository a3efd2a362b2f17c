// Ledger: what a capture did not record, in a file beside its segments, so that it can be read without the daemon.
//
//     LedgerLine      one line of JSON: an episode begins or ends, packets come, a segment is gone
//     LedgerHeader    the first line of each file, with its version
//     LedgerHistory   what lines add up to: episodes, and how the last daemon ended
//     PendingLines    lines that the disk has not taken yet, in bounded memory
//     LedgerFile      the file, as the daemon writes it: adopted, appended to, rotated
//     LedgerReader    the files, as anybody reads them
//
// CAPTURE.ledger is the file that is written. At 1 MiB it becomes CAPTURE.ledger.N, with N one more than the last, so that
// CAPTURE.ledger.1 is the oldest. A file is complete in itself: it begins with the episodes that are open.

public import Control

/// The first line of a file.
public struct LedgerHeader: Codable, Equatable, Sendable {
    /// What this release writes, and the newest that it reads.
    public static let version = 1
    static let format = "holdfast"

    public var ledger = LedgerHeader.format
    public var version = LedgerHeader.version
    public var capture: String
    /// When the file was begun.
    public var begun: Moment

    public init(capture: String, begun: Moment) { (self.capture, self.begun) = (capture, begun) }
}

/// The names of a capture's files.
public enum LedgerName {
    public static func current(of capture: String) -> String { capture + ".ledger" }

    /// Of a file that has been rotated; the oldest has number 1.
    static func rotated(_ number: Int, of capture: String) -> String { "\(current(of: capture)).\(number)" }

    /// The number in the name of a rotated file; nil for any other name.
    static func number(_ name: String, of capture: String) -> Int? {
        let prefix = current(of: capture) + "."
        guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)), number > 0 else { return nil }
        return rotated(number, of: capture) == name ? number : nil
    }
}
