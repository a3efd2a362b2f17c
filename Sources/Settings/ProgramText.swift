import BPF

/// The file of a filter that is a program.
enum ProgramText {
    /// What is wrong with it: a sentence for each mistake, with its place.
    struct Mistakes: Error {
        let lines: [String]
    }

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
            throw Mistakes(lines: error.mistakes.map { "\(path):\($0)" })
        }
    }
}
