import ArgumentParser
import Control
import FilterTool

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the daemon's configuration, as the file is now, in force.",
        discussion: """
            Returns when it is. With a mistake in the file, all are printed, nothing changes, and the exit code is 78.
            """)

    @OptionGroup var daemon: DaemonOption

    func run() async throws {
        try await reportingMistakes {
            let done = try await daemon.client.reload()
            let milliseconds = (done.seconds * 10_000).rounded() / 10
            var output = Output()
            try output.write("reloaded in \(milliseconds) ms: capturing \(done.captures.joined(separator: ", "))\n")
        }
    }
}
