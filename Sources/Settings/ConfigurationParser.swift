/// A configuration while it is read: the text of its files, and the mistakes found in them so far.
final class ConfigurationParser {
    /// The file that includes the others.
    let file: String
    private let text: String
    /// The lines of each file.
    private var lines: [String: [Substring]] = [:]
    private(set) var mistakes: [Diagnostic] = []
    private var known: Set<Diagnostic> = []
    /// What is allowed, and probably not meant.
    private(set) var warnings: [Diagnostic] = []
    /// Paths of files that filters name.
    private(set) var files: [String] = []
    /// Every key that a reader asked for, with the keys around it, `captures.dns.rotate.size`: those that there are.
    private(set) var keys: Set<String> = []

    init(_ text: String, file: String) {
        (self.text, self.file) = (text, file)
    }

    /// Notes a mistake, once: a map that an alias repeats is read twice.
    func note(_ message: String, at position: Position) {
        note(Diagnostic(at: position, message))
    }

    func note(_ mistake: Diagnostic) {
        if known.insert(mistake).inserted { mistakes.append(mistake) }
    }

    /// Whether so many mistakes are noted that one more will only be counted: then hints need not be looked for.
    var isHopeless: Bool { mistakes.count > ConfigurationError.most }

    /// Notes something that is allowed, and probably not meant.
    func warn(_ message: String, at position: Position) {
        let warning = Diagnostic(at: position, message)
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// Notes that a filter names a file.
    func name(file: String) { files.append(file) }

    /// Notes that a reader asks for a key.
    func ask(for key: String) { keys.insert(key) }

    /// Lets only a configuration without mistakes through.
    func conclude() throws(ConfigurationError) {
        guard mistakes.isEmpty else { throw ConfigurationError(inOrder(mistakes)) }
    }

    /// In the order of the lines; those of other files come after those of the first.
    func inOrder(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.sorted { one, other in
            guard one.file == other.file else {
                return one.file == file || (other.file != file && one.file < other.file)
            }
            return (one.line, one.column) < (other.line, other.column)
        }
    }

    // MARK: Texts

    /// The tree of the configuration; nil after a mistake.
    func root() -> Entry? { root(of: text, in: file, whenEmpty: "the file is empty (it needs at least 'captures:')") }

    /// The tree of a file that the configuration includes; nil after a mistake, or if it is empty.
    func includedRoot(_ path: String) -> Entry? {
        do throws(ConfigurationError) {
            return root(of: try ConfigurationFile.text(path), in: path, whenEmpty: nil)
        } catch {
            for mistake in error.mistakes { note(mistake) }
            return nil
        }
    }

    /// Keeps the lines of a file, in which mistakes are looked for.
    func keepLines(of text: String, in file: String) {
        lines[file] = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    /// What stands at a position and after it on its line.
    func rest(at position: Position) -> Substring.UnicodeScalarView {
        guard let lines = lines[position.file], lines.indices.contains(position.line - 1) else {
            return Substring().unicodeScalars
        }
        return lines[position.line - 1].unicodeScalars.dropFirst(position.column - 1)
    }

    /// Where the character `offset` of a scalar's text stands. YAML can write one text in many ways; when the line does not
    /// hold it just so (a block scalar, a second line, an escape), the scalar's own position must do.
    func position(of offset: Int, in text: String, at start: Position) -> Position {
        let line = rest(at: start)
        let quote = line.first == "\"" || line.first == "'" ? 1 : 0
        guard line.dropFirst(quote).starts(with: text.unicodeScalars) else { return start }
        return start.advanced(by: quote + offset)
    }
}
