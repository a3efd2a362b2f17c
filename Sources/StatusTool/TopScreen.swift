package import Control
import Counters

/// The screen of `holdfast top`: where packets arrive now, what is lost, and the sizes of packets.
package struct TopScreen {
    private let status: Status
    private let rates: Rates
    private let style: Style

    package init(_ status: Status, rates: Rates, style: Style) {
        (self.status, self.rates, self.style) = (status, rates, style)
    }

    /// The screen. The summary and the titles of the table do not scroll.
    package var screen: Screen {
        let table = captures.lines(style)
        let sizes = rates.sizes.map { SizeHistogram.lines($0, bounds: status.buckets.bytes) } ?? []
        let title = "packet sizes on the wire, in \(Amounts.duration(rates.seconds.rounded()))"
        return Screen(
            head: heading + [""] + table.prefix(1),
            body: table.dropFirst() + (sizes.isEmpty ? [] : ["", style.paint(title, .heading)] + sizes))
    }

    /// The loss rate comes first, so that a narrow terminal shows it.
    private var heading: [String] {
        let total = rates.total
        let lost = style.paint("\(Amounts.count(Int64(total.lost.rounded()))) lost/s", total.lost > 0 ? .bad : nil)
        return [
            "Holdfast \(status.version), \(status.state.rawValue) for \(Amounts.duration(status.uptimeSeconds)), "
                + "\(Amounts.time(status.time)) UTC",
            "\(lost)  \(Amounts.count(Int64(total.packets.rounded()))) packets/s  \(Amounts.rate(total.bytes))",
        ]
    }

    /// A table of captures, busiest first. Drops in a ring have a row of their own, because they affect all captures
    /// of the tap.
    private var captures: TextTable {
        var table = TextTable(
            "CAPTURE", "INTERFACE", "STATE", ">PACKETS/S", ">BYTES/S", ">LOST/S", ">LOST", ">IN FLIGHT", ">RING",
            expendable: ["IN FLIGHT", "RING", "BYTES/S", "STATE", "PACKETS/S", "LOST/S"])
        let sources = status.captures.flatMap { capture in
            capture.interfaces.filter { $0.state != .ended }.map { (capture.name, $0) }
        }
        let busiest = sources.map { ($0, $1, rates.rate(of: $0, on: $1.interface) ?? Rates.Rate()) }
            .sorted { $0.2.packets > $1.2.packets }
        for (name, source, rate) in busiest {
            table.append([
                "\(name)", "\(source.interface)", TextTable.Cell(source.state.rawValue, source.state.ink),
                "\(Amounts.count(Int64(rate.packets.rounded())))", "\(Amounts.rate(rate.bytes))",
                TextTable.Cell(Amounts.count(Int64(rate.lost.rounded())), rate.lost > 0 ? .bad : nil),
                TextTable.Cell(Amounts.count(source.counts.lost), source.counts.lost > 0 ? .bad : nil),
                "\(Amounts.count(source.inFlight))",
                "\(rates.fullestRing(of: source.interface).map { "\($0) %" } ?? "-")",
            ])
        }
        for interface in status.interfaces where interface.counts.lost > 0 {
            let rate = rates.ringLoss(of: interface.interface)
            table.append([
                "tap", "\(interface.interface)", TextTable.Cell("", nil), "", "",
                TextTable.Cell(Amounts.count(Int64(rate.rounded())), rate > 0 ? .bad : nil),
                TextTable.Cell(Amounts.count(interface.counts.lost), .bad), "\(Amounts.count(interface.inFlight))",
                "\(rates.fullestRing(of: interface.interface).map { "\($0) %" } ?? "-")",
            ])
        }
        for capture in status.captures where capture.interfaces.allSatisfy({ $0.state == .ended }) {
            table.append([
                "\(capture.name)", "\(capture.interface)", TextTable.Cell(capture.state.rawValue, capture.state.ink),
                "",
                "", "", "", "", "",
            ])
        }
        return table
    }
}
