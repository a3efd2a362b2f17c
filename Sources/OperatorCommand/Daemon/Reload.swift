import ArgumentParser
import Control
import FilterTool
import StatusTool

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply the daemon's configuration file as it is now.",
        discussion: """
            Returns when the new configuration is applied. If the file has errors, all of them are printed, the \
            daemon changes nothing, and the exit status is 78.
            """)

    @OptionGroup var daemon: DaemonOption

    @Flag(help: "Print what would change, and which segments 'keep' would expire; change nothing.")
    var dryRun = false

    func run() async throws {
        try await reportingErrors {
            if dryRun { return try await preview() }
            let done = try await daemon.client.reload()
            let milliseconds = (done.seconds * 10_000).rounded() / 10
            var output = Output()
            try output.write("reloaded in \(milliseconds) ms: capturing \(done.captures.joined(separator: ", "))\n")
        }
    }

    private func preview() async throws {
        let preview = try await daemon.client.previewReload()
        for warning in preview.warnings { Message.write(warning) }
        var lines: [String] = []
        if !preview.begins.isEmpty { lines.append("captures that start: \(preview.begins.joined(separator: ", "))") }
        if !preview.ends.isEmpty { lines.append("captures that stop: \(preview.ends.joined(separator: ", "))") }
        lines += KeepReport(preview.retention).lines
        var output = Output()
        try output.write((["the configuration can be reloaded"] + lines).joined(separator: "\n") + "\n")
    }
}
