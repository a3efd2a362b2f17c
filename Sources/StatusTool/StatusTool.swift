// StatusTool: a daemon's status and segments as text, for the operator's command.
//
//     Rates            rates between two statuses
//     StatusReport     a status as tables
//     TopScreen        a shorter form, updated every second, with the sizes of packets
//     SizeHistogram    bars of characters, like the histograms of bcc (kernel BPF's tools)
//     SegmentList      the segments of captures as a table, as paths, or as JSON
//     TextTable        aligned columns; Style: colours and width; Amounts: numbers for people
//     Terminal         draws in place and reads keys; Key is a key, Viewport the visible part of a screen
//
// All types except Terminal convert values into text, so tests need no daemon.

/// Whether text is coloured, and how long a line can be.
package struct Style: Sendable {
    package var isColoured: Bool
    /// The columns of the terminal; nil means no limit.
    package var columns: Int?

    package init(isColoured: Bool, columns: Int? = nil) { (self.isColoured, self.columns) = (isColoured, columns) }

    package static let plain = Style(isColoured: false)

    /// The meaning of a colour. The values are SGR parameters, see console_codes(4) and ECMA-48.
    package enum Ink: String, Sendable {
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
