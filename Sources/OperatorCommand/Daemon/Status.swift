import ArgumentParser
import Control
import FilterTool
import StatusTool

struct ShowStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Print packet rates and bit rates, losses by cause, and disk usage.",
        discussion: "Takes one second, to measure rates.")

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "Print the daemon's answer as JSON, without rates. openapi.yaml describes it.")
    var json = false

    func run() async throws {
        try await reportingErrors {
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
