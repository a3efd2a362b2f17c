import Foundation
import Testing
import Traffic

/// Command lines apart from commands and their arguments, and the output.
struct CommandLineTests {
    private static let configuration = """
        filters: { dns: port 53, web: tcp port 80 }
        captures: { names: { interface: lo, filter: dns }, pages: { interface: lo, filter: web } }
        """

    @Test(
        "An unknown command is refused with a suggestion",
        arguments: [
            ("stauts", "holdfast has no command 'stauts' (did you mean 'status'?)"),
            ("ls", "holdfast has no command 'ls' (did you mean 'files'?)"),
            ("monitor", "holdfast has no command 'monitor' (did you mean 'top'?)"),
            ("filter dissasemble x", "holdfast filter has no command 'dissasemble' (did you mean 'disassemble'?)"),
            ("elephant", "holdfast has no command 'elephant'\n"),
        ])
    func unknownCommand(line: String, said: String) throws {
        let result = try Holdfast.shell("$holdfast \(line)")
        #expect(result.status == 64 && result.output == "")
        #expect(result.errors.contains(said), "\(result.errors)")
    }

    /// Commands that print something, with FILE as the configuration.
    private static let printing = [
        "check FILE", "--help", "--version", "help", "filter compile ip", "files --config FILE --socket ''",
        "files --help",
        "--generate-completion-script bash",
    ]

    @Test("Output that cannot be written is reported and is a failure", arguments: printing, [">/dev/full", ">&-"])
    func closedOutput(command: String, redirection: String) throws {
        try Holdfast.withFile(Self.configuration) { file in
            let command = command.replacing("FILE", with: file).replacing(" --socket ''", with: "")
            let result = try Holdfast.shell("$holdfast \(command) \(redirection)")
            #expect(result.status == 1, "\(result)")
            let reason = redirection == ">&-" ? "Bad file descriptor" : "No space left on device"
            #expect(
                result.errors.contains("Error: cannot write to standard output: \(reason)"),
                "\(command): \(result.errors)")
        }
    }

    @Test("Control characters in arguments are escaped in messages")
    func controlCharacters() throws {
        let result = try Holdfast.shell("$holdfast filter run ip \"$(printf '/no/\\033[2Jfile')\"")
        #expect(result.status == 1 && result.errors.contains("/no/\\x1b[2Jfile"), "\(result)")
        #expect(!result.errors.contains("\u{1b}"))
    }

    @Test("A short option takes its value with or without a blank")
    func shortOptions() throws {
        for option in ["-n1", "-n 1", "--count 1", "--count=1", "-n1 -d2", "-d 500ms", "-d 1min", "-d0.5"] {
            let result = try Holdfast.shell("$holdfast top --socket /nowhere \(option)")
            #expect(
                result.status == 1 && result.errors.contains("no daemon listens at /nowhere"), "\(option): \(result)")
        }
        for option in ["-n0", "-nx", "-d0", "-d 2h", "-d moon"] {
            #expect(try Holdfast.shell("$holdfast top --socket /nowhere \(option)").status == 64, "\(option)")
        }
    }

    @Test("Environment variables replace missing options")
    func environment() throws {
        try Holdfast.withFile(Self.configuration) { file in
            #expect(try Holdfast.shell("HOLDFAST_CONFIG=\(file) $holdfast check").output.contains(file))
            let named = try Holdfast.shell("HOLDFAST_CONFIG=\(file) $holdfast filter compile @web")
            #expect(named.status == 0 && named.output.contains("ldh"))
            #expect(
                try Holdfast.shell("HOLDFAST_CONFIG=/no $holdfast filter compile @web --config \(file)").status == 0)
            let asked = try Holdfast.shell("HOLDFAST_SOCKET=/nowhere/a $holdfast status")
            #expect(asked.errors.contains("no daemon listens at /nowhere/a"), "\(asked)")
            let option = try Holdfast.shell("HOLDFAST_SOCKET=/nowhere/a $holdfast status --socket /nowhere/b")
            #expect(option.errors.contains("no daemon listens at /nowhere/b"), "\(option)")
        }
    }
}
