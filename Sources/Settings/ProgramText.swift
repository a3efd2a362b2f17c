import BPF

/// The file of a filter that is a program.
enum ProgramText {
    /// What is wrong with it: a sentence for each mistake, with its place.
    struct Mistakes: Error {
        let lines: [String]
    }

    private static let toldMistakes = 20

    /// The program in the file at `path`, in assembly, in decimal or as a C array.
    static func program(_ path: String) throws(Mistakes) -> Program {
        let text: String
        do {
            text = try ConfigurationFile.text(path)
        } catch {
            throw Mistakes(lines: error.mistakes.map(\.description))
        }
        do {
            return try Program(text: text)
        } catch {
            // What stands in a file that is no program is nobody's business: a wrong path may lead to one with secrets.
            guard error.looksLikeProgram else {
                let place = error.mistakes[0]
                throw Mistakes(lines: [
                    "\(path):\(place.line):\(place.column): this is no program (in assembly, in decimal, or a C array)"
                ])
            }
            let rest = error.mistakes.count - ProgramText.toldMistakes
            throw Mistakes(
                lines: error.mistakes.prefix(ProgramText.toldMistakes).map { "\(path):\($0)" }
                    + (rest > 0 ? ["\(path): and \(rest) more mistakes"] : []))
        }
    }
}
