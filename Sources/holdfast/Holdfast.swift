import ArgumentParser
import Capture
import FilterTool
import Settings

struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast", abstract: "Looks after Holdfast, the capture daemon.",
        version: Version.text,
        subcommands: [
            ShowStatus.self, Top.self, Reload.self, Rotate.self, Files.self, Gaps.self, Check.self, Filter.self,
        ])
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a configuration and print every mistake in it.",
        discussion: "With the right to open packet sockets, filters are checked on the interfaces they are meant for.")

    @Argument(help: "The configuration (default: the daemon's).", completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    func run() throws {
        try reportingMistakes {
            let (text, isRight) = try Settings.verdict(on: file ?? Places.own.configuration)
            var output = Output()
            try output.write(text + "\n")
            if !isRight { throw ExitCode(78) }
        }
    }
}
