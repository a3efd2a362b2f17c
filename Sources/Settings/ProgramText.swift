import BPF

/// The file of a filter that is a program.
enum ProgramText {
    /// The errors in a program file: a sentence for each, with its position.
    struct InvalidProgram: Error {
        let lines: [String]
    }

    private static let mostProblems = 20

    /// Reads the program in the file at `path`, in assembly, in decimal or as a C array.
    static func program(_ path: String) throws(InvalidProgram) -> Program {
        let text: String
        do {
            text = try ConfigurationFile.text(path)
        } catch {
            throw InvalidProgram(lines: error.diagnostics.map(\.description))
        }
        do {
            return try Program(text: text)
        } catch {
            // A wrong path may lead to a file with secrets, so the error does not quote it.
            guard error.looksLikeProgram else {
                let place = error.problems[0]
                throw InvalidProgram(lines: [
                    "\(path):\(place.line):\(place.column): "
                        + "not a program: it must be in assembly, in decimal or a C array"
                ])
            }
            let rest = error.problems.count - ProgramText.mostProblems
            throw InvalidProgram(
                lines: error.problems.prefix(ProgramText.mostProblems).map { "\(path):\($0)" }
                    + (rest > 0 ? ["\(path): and \(rest) more errors"] : []))
        }
    }
}
