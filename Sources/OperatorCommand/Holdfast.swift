import ArgumentParser
import FilterTool
import Linux
import Rules
import Settings
import StatusTool

struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast", abstract: "Control and inspect the packet capture daemon.",
        version: Version.text,
        subcommands: [
            ShowStatus.self, Top.self, Reload.self, Rotate.self, Files.self, Gaps.self, Check.self, Filter.self,
        ])
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a configuration and print every error.",
        discussion:
            "Also prints which existing segments 'keep' would expire. With CAP_NET_RAW, filters are tested on their "
            + "interfaces.")

    @Argument(help: "The configuration (default: the daemon's).", completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    func run() throws {
        try reportingErrors {
            let (text, settings) = try Settings.verdict(on: file ?? Places.own.configuration)
            var output = Output()
            try output.write(text + "\n")
            guard let settings else { throw ExitCode(78) }
            for warning in settings.warnings { Message.write(warning.warning) }
            let folders = settings.captures.map(\.rule).map { rule in
                KeepReport.Folder(capture: rule.name, path: rule.directory, keep: rule.retention)
            }
            for line in KeepReport(folders).lines { try output.write(line + "\n") }
        }
    }
}
