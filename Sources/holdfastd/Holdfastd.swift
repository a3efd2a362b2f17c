import ArgumentParser
import Capture
import Daemon
import Glibc
import Logging
import Settings

struct Arguments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfastd", abstract: "Captures packets by named filters into rotated files, for years.",
        version: Version.text)

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "/etc/holdfast/holdfast.yaml"

    @Flag(help: "Check the configuration, print every mistake, and exit.")
    var check = false
}

@main
enum Holdfastd {
    /// Not the command's own `main`, which starts threads before it comes here: rights are given up by each thread for
    /// itself, so that has to happen while there is one.
    static func main() async {
        let arguments = Arguments.parseOrExit()
        guard arguments.check else {
            exit(await Daemon.run(arguments.config, log: Logger(label: "holdfastd") { _ in JournalLog() }))
        }
        do {
            let (text, settings) = try Settings.verdict(on: arguments.config)
            print(text)
            guard let settings else { exit(Daemon.ExitCode.configuration) }
            for warning in settings.warnings { print(warning.warning) }
        } catch {
            Arguments.exit(withError: error)
        }
    }
}
