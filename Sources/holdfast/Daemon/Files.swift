import ArgumentParser
import Capture
import Control
import FilterTool
import Settings
import StatusTool

struct Files: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The sealed files of captures: what they cover, and how large they are.",
        discussion: "Asks the daemon where they are, or reads its configuration when it does not run.")

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "Only the paths, for other programs.")
    var paths = false

    @Flag(help: "Read files that do not say how many packets they hold, and count.")
    var count = false

    @Argument(help: ArgumentHelp("Captures; without one, all.", valueName: "NAME"))
    var names: [String] = []

    func run() async throws {
        try await reportingMistakes {
            let captures = try await folders()
            var list = SegmentList(reading: count)
            for name in names.isEmpty ? captures.map(\.name) : names {
                guard let capture = captures.first(where: { $0.name == name }) else {
                    let hint = Suggestion.hint(for: name, among: captures.map(\.name))
                    throw Complaint("there is no capture '\(name)'\(hint)")
                }
                try list.add(capture.name, in: capture.folder)
            }
            var output = Output()
            try output.write(paths ? list.paths : list.text(.ofOutput))
        }
    }

    private func folders() async throws -> [(name: String, folder: String)] {
        do {
            return try await daemon.client.status().captures.map { ($0.name, $0.storage.directory) }
        } catch ControlError.notRunning where daemon.socket == nil {
            return try Settings.load(daemon.config).captures.map { ($0.rule.name, $0.rule.directory) }
        }
    }
}
