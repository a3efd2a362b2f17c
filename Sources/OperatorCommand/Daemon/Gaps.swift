import ArgumentParser
import Capture
import Control
import FilterTool
import Ledger
import Linux
import Settings
import StatusTool

struct Gaps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What captures lost, and when they did not capture: from when, to when, why, how many packets.",
        discussion: """
            Asks the daemon, or reads the ledgers beside the segments when it does not run. Exits with 0 whenever it could \
            answer, whether there are gaps or not.
            """)

    @OptionGroup var daemon: DaemonOption

    @Option(
        help: ArgumentHelp(
            "Only what is not over by then: a time such as 2026-11-22T12:00:46Z, or how long ago it was, such as 10min.",
            valueName: "TIME"))
    var since: TimeOption?

    @Flag(help: "As JSON, one object for each capture, as the daemon tells it. Its description is in openapi.yaml.")
    var json = false

    @Argument(
        help: ArgumentHelp("A capture; without one, all.", valueName: "NAME"), completion: Completions.captures)
    var name: String?

    func run() async throws {
        try await reportingMistakes {
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

    /// Of the capture that was named, or of all.
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
