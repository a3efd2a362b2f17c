import ArgumentParser
import Control
import FilterTool

struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Seal the open segments of captures and print their paths.",
        discussion: "They contain every packet that arrived before the command. No packet is lost.")

    @OptionGroup var daemon: DaemonOption

    @Argument(
        help: ArgumentHelp("Captures (default: all).", valueName: "NAME"), completion: Completions.captures)
    var names: [String] = []

    func run() async throws {
        try await reportingErrors {
            let wanted = names.isEmpty ? try await daemon.client.status().captures.map(\.name) : names
            var output = Output()
            for name in wanted {
                let done = try await daemon.client.rotate(name)
                try output.write(done.segments.map { $0 + "\n" }.joined())
                if done.segments.isEmpty { Message.write("capture \(name) has no open segment") }
            }
        }
    }
}
