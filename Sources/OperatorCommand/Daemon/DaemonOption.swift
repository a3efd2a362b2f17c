import ArgumentParser
import Control
import Settings

/// The options that select a daemon.
struct DaemonOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's control socket (default: $HOLDFAST_SOCKET, or as configured).",
            valueName: "PATH"), completion: .file())
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's configuration (default: $HOLDFAST_CONFIG, or /etc/holdfast/holdfast.yaml).",
            valueName: "FILE"), completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    var client: ControlClient { ControlClient(socket: Places.own.socket(option: socket, configuration: config)) }

    /// The configuration file, for commands that also work without the daemon.
    var configuration: String { config ?? Places.own.configuration }
}
