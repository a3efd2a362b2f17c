import ArgumentParser
import Control
import Settings

/// Which daemon is asked.
struct DaemonOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's control socket (default: $HOLDFAST_SOCKET, or what the configuration says).",
            valueName: "PATH"), completion: .file())
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's configuration (default: $HOLDFAST_CONFIG, or /etc/holdfast/holdfast.yaml).",
            valueName: "FILE"), completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    var client: ControlClient { ControlClient(socket: Places.own.socket(option: socket, configuration: config)) }

    /// Where a daemon that does not run has its settings.
    var configuration: String { config ?? Places.own.configuration }
}
