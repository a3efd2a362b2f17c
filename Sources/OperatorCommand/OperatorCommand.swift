import ArgumentParser
import FilterTool
import Linux
import Settings

/// `holdfast`: its arguments become a command, and the command's result an exit code. All output passes through `Output`,
/// which notices when it cannot be written.
public enum OperatorCommand {
    /// Runs the command that the arguments name. Exits with its code if it fails.
    public static func main() {
        do {
            try refuseUnknownCommand(Array(CommandLine.arguments.dropFirst()))
            var command = try Holdfast.parseAsRoot()
            if let command = command as? any AsyncParsableCommand { try wait(for: command) } else { try command.run() }
        } catch {
            Holdfast.exit(withError: ExitCode(report(error)))
        }
    }

    /// Runs an asynchronous command and waits for its end. An asynchronous `main` would belong to the whole program,
    /// and the daemon must not have one.
    private static func wait(for command: sending any AsyncParsableCommand) throws {
        let outcome = Monitor<Result<Void, any Error>?>(nil)
        Task.detached {
            var command = command
            do {
                try await command.run()
                outcome.update { $0 = .success(()) }
            } catch {
                outcome.update { $0 = .failure(error) }
            }
        }
        try outcome.wait(until: nil) { $0 }?.get()
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
