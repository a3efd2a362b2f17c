import ArgumentParser
import FilterTool
import Linux
import Settings

/// The operator's command `holdfast`.
///
/// All output passes through `Output`, which throws if it cannot be written.
package enum OperatorCommand {
    /// Runs the command that the arguments name. Exits with the command's exit code if it fails.
    package static func main() {
        do {
            try refuseUnknownCommand(Array(CommandLine.arguments.dropFirst()))
            var command = try Holdfast.parseAsRoot()
            if let command = command as? any AsyncParsableCommand { try wait(for: command) } else { try command.run() }
        } catch {
            Holdfast.exit(withError: ExitCode(report(error)))
        }
    }

    /// Runs an asynchronous command until it ends.
    ///
    /// The whole program cannot have an asynchronous `main`, because the daemon must start without threads.
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

    /// Writes an error message, or the text that replaces a command's output (help, version, completions). Returns the
    /// exit code.
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

    /// Refuses an unknown command and suggests a similar one. The argument parser would only report an unexpected
    /// argument.
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
