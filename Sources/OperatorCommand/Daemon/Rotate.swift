import ArgumentParser
import Control
import FilterTool

struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End the open files of captures now, and print their paths.",
        discussion: "What had come before the order is in them when it returns. No packet is lost by it.")

    @OptionGroup var daemon: DaemonOption

    @Argument(
        help: ArgumentHelp("Captures; without one, all.", valueName: "NAME"), completion: Completions.captures)
    var names: [String] = []

    func run() async throws {
        try await reportingMistakes {
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
