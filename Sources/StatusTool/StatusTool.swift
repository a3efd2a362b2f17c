// StatusTool: what the commands show of a daemon and of its segments, as text.
//
//     Rates            how fast counts went up between two statuses
//     StatusReport     a status as tables that a person reads
//     TopScreen        the same, short, once a second, with the sizes of packets
//     SizeHistogram    bars of characters, after the histograms of bcc (kernel BPF's tools)
//     SegmentList      the segments of captures: as a table, as paths, as JSON
//     TextTable        columns under each other; Style, whether they are coloured; Amounts, numbers for people
//     Terminal         where top is drawn in place, and keys are read; Key is one of them, Viewport what they scroll
//
// Everything but Terminal makes text of values, and is tried by tests without a daemon.

/// Whether words are coloured, and how long a line may be.
public struct Style: Sendable {
    public var isColoured: Bool
    /// The columns of the terminal; nil: a line is as long as it is.
    public var columns: Int?

    public init(isColoured: Bool, columns: Int? = nil) { (self.isColoured, self.columns) = (isColoured, columns) }

    public static let plain = Style(isColoured: false)

    /// What a word means to its reader. See console_codes(4), ECMA-48 SGR.
    public enum Ink: String, Sendable {
        case heading = "1"
        case bad = "31"
        case good = "32"
        case uneasy = "33"
        case quiet = "2"
    }

    func paint(_ text: String, _ ink: Ink?) -> String {
        guard isColoured, let ink else { return text }
        return "\u{1b}[\(ink.rawValue)m\(text)\u{1b}[0m"
    }
}
