import DaemonCommand
import OperatorCommand

/// One program with two names: it is the daemon if it is started as `holdfastd`, and the operator's command under any
/// other name. Nothing but `argv[0]` decides, so the daemon gives its name to the helper that it starts from its own file.
@main
enum Program {
    static func main() {
        let name = CommandLine.arguments.first?.split(separator: "/").last
        if name == "holdfastd" { DaemonCommand.main() } else { OperatorCommand.main() }
    }
}
