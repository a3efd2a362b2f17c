import DaemonCommand
import OperatorCommand

/// One program with two names: the daemon if it starts as `holdfastd`, and the operator's command under any other
/// name.
///
/// Only `argv[0]` decides, so the daemon passes its own name to the disk helper that it starts from the same file.
@main
enum Program {
    static func main() {
        let name = CommandLine.arguments.first?.split(separator: "/").last
        if name == "holdfastd" { DaemonCommand.main() } else { OperatorCommand.main() }
    }
}
