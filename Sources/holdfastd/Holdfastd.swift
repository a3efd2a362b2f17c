import ArgumentParser
import Daemon
import Logging
import Settings

@main
struct Holdfastd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfastd", abstract: "Captures packets by named filters into rotated files, for years.")

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "/etc/holdfast/holdfast.yaml"

    @Flag(help: "Check the configuration, print every mistake, and exit.")
    var check = false

    func run() async throws {
        guard check else {
            throw ExitCode(await Daemon.run(config, log: Logger(label: "holdfastd") { _ in JournalLog() }))
        }
        let (text, isRight) = try Settings.verdict(on: config)
        print(text)
        if !isRight { throw ExitCode(Daemon.ExitCode.configuration) }
    }
}
