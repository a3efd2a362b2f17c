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

    @Option(
        help: ArgumentHelp(
            "The configuration (default: $HOLDFAST_CONFIG, or /etc/holdfast/holdfast.yaml).", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Flag(help: "Check the configuration, print every mistake, and exit.")
    var check = false
}

/// `holdfastd`.
public enum DaemonCommand {
    /// Runs the daemon, or does what the arguments say instead.
    ///
    /// Each thread gives up rights for itself, so nothing here starts one: neither the command's own `main`, nor an
    /// asynchronous one.
    public static func main() {
        Headroom.shareHeap()
        DiskHelperLoop.runIfAsked(CommandLine.arguments)
        // A command that comes before the daemon can carry it out must not end it.
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

    /// Writes to standard output, all of it.
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
