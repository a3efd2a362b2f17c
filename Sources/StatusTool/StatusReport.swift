package import Control
import Counters
import Linux

/// A status as text: packet rates and bit rates, losses by cause, and disk usage.
package struct StatusReport {
    private let status: Status
    private let rates: Rates
    private let style: Style

    package init(_ status: Status, rates: Rates, style: Style) {
        (self.status, self.rates, self.style) = (status, rates, style)
    }

    package var text: String {
        let parts = [heading, captures.lines(style), storage.lines(style), interfaces.lines(style), notes]
        return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var heading: [String] {
        let configuration = status.configuration
        return [
            "Holdfast \(status.version), process \(status.process), \(status.state.rawValue) for "
                + "\(Amounts.duration(status.uptimeSeconds)), "
                + "\(Amounts.count(Int64(rates.packets.rounded()))) packets/s",
            "configuration \(configuration.file.printable()), read \(Amounts.time(configuration.loaded)) UTC",
        ]
    }

    /// Rates and counters of each capture.
    private var captures: TextTable {
        typealias Counter = CaptureCounter
        var table = TextTable(
            ["CAPTURE", "INTERFACE", "STATE", ">PACKETS/S", ">BYTES/S"] + Counter.allCases.map { ">\($0.title)" },
            expendable: Counter.titles(.note) + ["BYTES/S"] + Counter.titles(.output) + Counter.titles(.input)
                + ["PACKETS/S"])
        for capture in status.captures {
            let there = capture.interfaces.filter { $0.state != .ended }
            if there.isEmpty { table.append(row(capture.name, capture.interface, capture.state, nil, [])) }
            for source in there {
                let rate = rates.rate(of: capture.name, on: source.interface)
                table.append(row(capture.name, source.interface, source.state, rate, [source]))
            }
            let gone = capture.interfaces.filter { $0.state == .ended }
            if !gone.isEmpty {
                let name = gone.count == 1 ? gone[0].interface : "\(gone.count) that are gone"
                table.append(row(capture.name, name, .ended, nil, gone))
            }
        }
        return table
    }

    private func row(
        _ capture: String, _ interface: String, _ state: CaptureState, _ rate: Rates.Rate?, _ sources: [SourceStatus]
    ) -> [TextTable.Cell] {
        let counts = sources.isEmpty ? nil : sources.map(\.counts).reduce(CaptureCounts(), +)
        return [
            "\(capture)", "\(interface)", TextTable.Cell(state.rawValue, state.ink),
            TextTable.Cell(rate.map { Amounts.count(Int64($0.packets.rounded())) } ?? "-"),
            TextTable.Cell(rate.map { Amounts.rate($0.bytes) } ?? "-"),
        ] + cells(counts)
    }

    /// A cell for each counter of a table.
    private func cells<Counter>(_ counts: Counts<Counter>?) -> [TextTable.Cell] {
        Counter.allCases.map { counter in
            guard let count = counts?[counter] else { return "-" }
            return TextTable.Cell(Amounts.count(count), counter.row.role == .loss && count > 0 ? .bad : nil)
        }
    }

    /// Disk usage of each capture.
    private var storage: TextTable {
        var table = TextTable(
            "CAPTURE", ">DISK USED", ">SEGMENTS", "OLDEST PACKET (UTC)", "NEWEST PACKET (UTC)", ">OPEN SEGMENT",
            ">FREE", "DIRECTORY",
            expendable: [
                "OPEN SEGMENT", "NEWEST PACKET (UTC)", "SEGMENTS", "DIRECTORY", "OLDEST PACKET (UTC)", "FREE",
            ])
        for capture in status.captures {
            let open = capture.interfaces.flatMap(\.openSegments)
            table.append([
                "\(capture.name)", "\(Amounts.bytes(capture.diskUsed))", "\(Amounts.count(capture.storage.segments))",
                "\(Amounts.time(capture.storage.oldest))",
                "\(Amounts.time(capture.interfaces.compactMap(\.newest).max()))",
                open.isEmpty
                    ? "-"
                    : "\(Amounts.bytes(open.map(\.bytes).reduce(0, +)))\(open.count > 1 ? " in \(open.count)" : "")",
                "\(capture.storage.freeBytes.map { Amounts.bytes($0) } ?? "-")", "\(capture.storage.directory)",
            ])
        }
        return table
    }

    /// Counters of the taps of each interface.
    private var interfaces: TextTable {
        typealias Counter = TapCounter
        var table = TextTable(
            ["INTERFACE", ">TAPS", ">RING"] + Counter.allCases.map { ">\($0.title)" } + [">FULLEST"],
            expendable: Counter.titles(.output) + Counter.titles(.note) + ["TAPS", "RING", "FULLEST"]
                + Counter.titles(.input))
        for interface in status.interfaces where !interface.taps.isEmpty || interface.counts.lost > 0 {
            let start: [TextTable.Cell] = [
                "\(interface.interface)", "\(interface.taps.count)",
                "\(Amounts.bytes(interface.taps.map(\.ringBytes).reduce(0, +)))",
            ]
            let fullest = interface.ringFill.fullest(status.buckets).map { "\($0) %" } ?? "-"
            table.append(start + cells(interface.counts) + ["\(fullest)"])
        }
        return table
    }

    /// Conditions that need attention, and their reasons.
    private var notes: [String] {
        var notes: [String] = []
        for capture in status.captures {
            if capture.state == .waiting {
                notes.append("\(capture.name) waits for interface \(capture.interface), which is not there or down")
            }
            if capture.storage.misdated > 0 {
                notes.append(
                    "\(capture.name) has \(capture.storage.misdated) segments that are named ahead of the clock; they "
                        + "expire first")
            }
            for orphan in capture.storage.orphans {
                notes.append(
                    "\(capture.storage.directory) has \(orphan.segments) segments of capture \(orphan.capture), which "
                        + "does not write there: no retention removes them")
            }
            for source in capture.interfaces {
                guard let reason = source.reason else { continue }
                notes.append("\(capture.name) on \(source.interface) is \(source.state.rawValue): \(reason)")
            }
        }
        for interface in status.interfaces {
            for filter in Set(interface.taps.compactMap(\.kernelFilter)).sorted() {
                notes.append("\(interface.interface): kernel: \(filter)")
            }
        }
        notes += status.stalls.map { "no answer from \($0.directory) for \(Int($0.seconds)) s" }
        notes += status.captures.compactMap { losses(of: $0) }
        // A configuration that was refused and then applied needs no attention.
        if status.configuration.failedReloads > 0, status.configuration.isRefused ?? true {
            let count = status.configuration.failedReloads
            notes.append(
                "the configuration was refused \(count == 1 ? "once" : "\(count) times"): the log says why, "
                    + "and so does 'holdfast check \(status.configuration.file)'")
        }
        return notes.map { style.paint($0.printable(), .uneasy) }
    }
}

extension StatusReport {
    /// The open or last loss of a capture, and the failure of its ledger.
    private func losses(of capture: CaptureStatus) -> String? {
        guard let coverage = capture.coverage else { return nil }
        let causes = Set(coverage.open.filter(\.cause.isCounted).map(\.cause.rawValue)).sorted()
        var words: [String] = []
        if !causes.isEmpty {
            words.append("loses packets (\(causes.joined(separator: ", ")))")
        } else if let last = coverage.lastLoss {
            words.append("lost packets last at \(Amounts.time(last)) UTC")
        }
        if let failure = coverage.ledgerFailure { words.append("holds its ledger in memory: \(failure)") }
        return words.isEmpty ? nil : "\(capture.name) \(words.joined(separator: "; ")) (holdfast gaps \(capture.name))"
    }
}

extension CaptureState {
    var ink: Style.Ink {
        switch self {
        case .capturing: .good
        case .waiting: .uneasy
        case .suspended, .refused: .bad
        case .ended: .quiet
        }
    }
}

extension Counter {
    /// The title of the counter's column.
    fileprivate var title: String { name.uppercased() }

    /// The titles of the counters that have a role.
    fileprivate static func titles(_ role: CounterRow.Role) -> [String] {
        allCases.filter { $0.row.role == role }.map(\.title)
    }
}
