import ArgumentParser
import Daemon
import Glibc
import Linux
import Settings

struct Arguments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfastd", abstract: "Capture packets that match named filters into rotated capture files.",
        version: Version.text)

    @Option(
        help: ArgumentHelp(
            "The configuration (default: $HOLDFAST_CONFIG, or /etc/holdfast/holdfast.yaml).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Flag(help: "Check the configuration, print every error, and exit.")
    var check = false
}

/// The daemon's command `holdfastd`.
package enum DaemonCommand {
    /// Runs the daemon, or checks its configuration if the arguments request that.
    ///
    /// A privilege drop applies to one thread, so this code starts no thread and has no asynchronous `main`.
    package static func main() {
        Headroom.shareHeap()
        DiskHelperLoop.runIfAsked(CommandLine.arguments)
        // A signal that arrives before the daemon can handle it must not end the process.
        Signals.hold([.sighup, .sigusr1])
        let arguments = Arguments.parseOrExit()
        let configuration = arguments.config ?? Places.own.configuration
        guard arguments.check else { Daemon.run(configuration) }
        Signals.release()
        do {
            let (text, settings) = try Settings.verdict(on: configuration)
            try write(text + "\n")
            guard let settings else { exit(Daemon.ExitCode.configuration) }
            for warning in settings.warnings { try write(warning.warning + "\n") }
        } catch {
            Arguments.exit(withError: error)
        }
    }

    /// Writes the whole text to standard output.
    private static func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw OutputFailure(number: errno) }
        }
    }

    private struct OutputFailure: Error, CustomStringConvertible {
        let number: CInt
        var description: String { "cannot write to standard output: \(unsafe String(cString: strerror(number)))" }
    }
}
