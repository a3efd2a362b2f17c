import ArgumentParser
import Linux
import Settings

@main
struct Holdfast: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast", abstract: "Looks after Holdfast, the capture daemon.", subcommands: [Check.self])
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a configuration and print every mistake in it.",
        discussion: "With the right to open packet sockets, filters are checked on the interfaces they are meant for.")

    @Argument(help: "The configuration.")
    var file = "/etc/holdfast/holdfast.yaml"

    func run() throws {
        do {
            try Settings.load(file).check(on: Interface.all())
        } catch let error as ConfigurationError {
            for mistake in error.mistakes { print(mistake) }
            throw ExitCode(78)
        }
    }
}
