import ArgumentParser
import Control
import Settings

/// Which daemon is asked.
struct DaemonOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's control socket (default: what the configuration says).", valueName: "PATH"))
    var socket: String?

    @Option(help: ArgumentHelp("The daemon's configuration.", valueName: "FILE"))
    var config = "/etc/holdfast/holdfast.yaml"

    var client: ControlClient { ControlClient(socket: socket ?? ControlSettings.socket(in: config)) }
}
