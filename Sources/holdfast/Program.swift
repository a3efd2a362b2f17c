import ArgumentParser
import FilterTool
import Settings

/// The command's beginning and its end: what is typed becomes a command, and how it went an exit code. All output passes
/// through `Output`, which notices when it cannot be written.
@main
enum Program {
    static func main() async {
        do {
            try Program.refuseUnknownCommand(Array(CommandLine.arguments.dropFirst()))
            var command = try Holdfast.parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            Holdfast.exit(withError: ExitCode(Program.report(error)))
        }
    }

    /// Writes what there is to say of an error, or in place of a command's output (help, version, completions); returns the exit
    /// code.
    private static func report(_ error: any Error) -> Int32 {
        let (code, text) = (Holdfast.exitCode(for: error), Holdfast.fullMessage(for: error))
        guard code == .success, !text.isEmpty else {
            if !text.isEmpty { Message.write(text) }
            return code.rawValue
        }
        do {
            var output = Output()
            try output.write(CompletionScript.completed(text) + "\n")
            return code.rawValue
        } catch is Output.Closed {
            return code.rawValue
        } catch {
            Message.write("Error: \(error)")
            return ExitCode.failure.rawValue
        }
    }

    /// Says which command was probably meant. The parser would call it an argument that it does not expect.
    private static func refuseUnknownCommand(_ arguments: [String]) throws {
        var (command, path): (any ParsableCommand.Type, String) = (Holdfast.self, "holdfast")
        for word in arguments {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
            guard let next = subcommands.first(where: { $0._commandName == word }) else {
                let hint = Suggestion.hint(for: word, among: subcommands.map { $0._commandName }, byMeaning: true)
                Message.write("Error: \(path) has no command '\(word)'\(hint)\nSee '\(path) --help'.")
                throw ExitCode.validationFailure
            }
            (command, path) = (next, path + " " + word)
        }
    }
}
