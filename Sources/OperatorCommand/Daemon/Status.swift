import ArgumentParser
import Control
import FilterTool
import StatusTool

struct ShowStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What is captured and how fast, what was lost and why, what is on the disk.",
        discussion: "Takes a second, since rates are what changes in one.")

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "As JSON, as the daemon tells it, at once. Its description is in openapi.yaml.")
    var json = false

    func run() async throws {
        try await reportingMistakes {
            let before = try await daemon.client.status()
            var output = Output()
            if json { return try output.write(String(decoding: try Coding.encode(before), as: UTF8.self)) }
            try await Task.sleep(for: .seconds(1))
            let status = try await daemon.client.status()
            let rates = Rates(from: before, to: status)
            try output.write(StatusReport(status, rates: rates, style: .ofOutput).text)
        }
    }
}
