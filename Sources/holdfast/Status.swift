import ArgumentParser
import Control
import FilterTool

struct ShowStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What the daemon captures, and what became of every packet.")

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "As JSON, as the daemon says it.")
    var json = false

    func run() async throws {
        try await reportingMistakes {
            let status = try await daemon.client.status()
            var output = Output()
            try output.write(String(decoding: try Coding.encode(status), as: UTF8.self))
        }
    }
}
