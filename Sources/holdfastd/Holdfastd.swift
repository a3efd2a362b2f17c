import ArgumentParser
import Capture
import Daemon
import Glibc
import Linux
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
    /// Rights are given up by each thread for itself, so nothing here starts one: neither the command's own `main`, nor an
    /// asynchronous one.
    static func main() {
        // A command that comes before the daemon can carry it out must not end it.
        Signals.hold([.sighup, .sigusr1])
        let arguments = Arguments.parseOrExit()
        guard arguments.check else { Daemon.run(arguments.config) }
        Signals.release()
        do {
            let (text, isRight) = try Settings.verdict(on: arguments.config)
            print(text)
            if !isRight { exit(Daemon.ExitCode.configuration) }
        } catch {
            Arguments.exit(withError: error)
        }
    }
}
