import ArgumentParser
import Daemon
import Logging

@main
struct Holdfastd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfastd", abstract: "Captures packets by named filters into rotated files, for years.")

    @Option(help: ArgumentHelp("The configuration.", valueName: "file"))
    var config = "/etc/holdfast/holdfast.yaml"

    @Flag(help: "Check the configuration, print every mistake, and exit.")
    var check = false

    func run() async throws {
        let log = Logger(label: "holdfastd") { _ in JournalLog() }
        throw ExitCode(check ? Daemon.check(config, log: log) : await Daemon.run(config, log: log))
    }
}
