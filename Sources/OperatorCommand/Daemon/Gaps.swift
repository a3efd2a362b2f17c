import ArgumentParser
import Control
import FilterTool
import Ledger
import Linux
import Rules
import Settings
import StatusTool

struct Gaps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the gaps in the coverage of captures: start, end, cause, and packets lost.",
        discussion: """
            Asks the daemon, or reads the ledgers beside the segments if it does not run. The exit status is 0 if the \
            command could answer, with or without gaps.
            """)

    @OptionGroup var daemon: DaemonOption

    @Option(
        help: ArgumentHelp(
            "Leave out gaps that ended before this time, such as 2026-11-22T12:00:46Z, or an age, such as 10min.",
            valueName: "TIME"))
    var since: TimeOption?

    @Flag(help: "Print the daemon's answers as JSON, one object for each capture. openapi.yaml describes them.")
    var json = false

    @Argument(
        help: ArgumentHelp("A capture (default: all).", valueName: "NAME"), completion: Completions.captures)
    var name: String?

    func run() async throws {
        try await reportingErrors {
            let found = try await coverage(from: since?.moment)
            var output = Output()
            if json {
                for coverage in found {
                    try output.write(String(decoding: try Coding.encode(coverage), as: UTF8.self))
                }
            } else {
                try output.write(GapReport(found, style: .ofOutput).text)
            }
            for note in found.flatMap(\.notes) { Message.write(note) }
        }
    }

    /// The coverage of the named capture, or of all captures.
    private func coverage(from: Timestamp?) async throws -> [Coverage] {
        do {
            var found: [Coverage] = []
            let names = if let name { [name] } else { try await daemon.client.status().captures.map(\.name) }
            for name in names { found.append(try await daemon.client.coverage(of: name, from: from)) }
            return found
        } catch ControlError.notRunning where daemon.socket == nil {
            let captures = try Settings.load(daemon.configuration).captures.map(\.rule)
            if let name, !captures.contains(where: { $0.name == name }) {
                let hint = Suggestion.hint(for: name, among: captures.map(\.name))
                throw CommandError("there is no capture '\(name)'\(hint)")
            }
            return try captures.filter { name == nil || $0.name == name }.map { rule in
                let reader = try LedgerReader(of: rule.name, in: rule.directory, from: from)
                return Coverage(
                    reader.history, of: rule.name, from: from, to: nil, since: reader.since, notes: reader.notes)
            }
        }
    }
}
