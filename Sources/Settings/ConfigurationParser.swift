/// A configuration being read: the text of its files, and the diagnostics found so far.
final class ConfigurationParser {
    /// The main file, which includes the others.
    let file: String
    private let text: String
    /// The lines of each file, by path.
    private var lines: [String: [Substring]] = [:]
    private(set) var diagnostics: [Diagnostic] = []
    private var known: Set<Diagnostic> = []
    /// Diagnostics about valid, but probably unintended settings.
    private(set) var warnings: [Diagnostic] = []
    /// Paths of the files that filters name, and of included files and their patterns.
    private(set) var files: [String] = []
    /// Every key that a reader has looked up, as a path: `captures.dns.rotate.size`. These are the keys that exist.
    private(set) var keys: Set<String> = []

    init(_ text: String, file: String) {
        (self.text, self.file) = (text, file)
    }

    /// Records an error once: a map that an alias repeats is read twice.
    func note(_ message: String, at position: Position) {
        note(Diagnostic(at: position, message))
    }

    func note(_ diagnostic: Diagnostic) {
        if known.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    /// Whether a further error is only counted. Hints for it are then not computed.
    var isHopeless: Bool { diagnostics.count > ConfigurationError.most }

    /// Records a warning about a valid, but probably unintended setting.
    func warn(_ message: String, at position: Position) {
        let warning = Diagnostic(at: position, message)
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// Records that the configuration names a file.
    func name(file: String) { files.append(file) }

    /// Records that a reader looks up a key.
    func ask(for key: String) { keys.insert(key) }

    /// Throws the recorded errors, if there are any.
    func conclude() throws(ConfigurationError) {
        guard diagnostics.isEmpty else { throw ConfigurationError(inOrder(diagnostics)) }
    }

    /// Sorts diagnostics by line and column; those of the main file come first.
    func inOrder(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.sorted { one, other in
            guard one.file == other.file else {
                return one.file == file || (other.file != file && one.file < other.file)
            }
            return (one.line, one.column) < (other.line, other.column)
        }
    }

    // MARK: Texts

    /// Parses the main file; nil after an error.
    func root() -> Entry? {
        root(of: text, in: file, whenEmpty: "the file is empty: it must have at least 'captures:'")
    }

    /// Parses an included file; nil after an error, or if the file is empty.
    func includedRoot(_ path: String) -> Entry? {
        do throws(ConfigurationError) {
            return root(of: try ConfigurationFile.text(path), in: path, whenEmpty: nil)
        } catch {
            for diagnostic in error.diagnostics { note(diagnostic) }
            return nil
        }
    }

    /// Keeps the lines of a file, to find positions in them.
    func keepLines(of text: String, in file: String) {
        lines[file] = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    /// The rest of a line from a position.
    func rest(at position: Position) -> Substring.UnicodeScalarView {
        guard let lines = lines[position.file], lines.indices.contains(position.line - 1) else {
            return Substring().unicodeScalars
        }
        return lines[position.line - 1].unicodeScalars.dropFirst(position.column - 1)
    }

    /// The position of the character `offset` of a scalar's text. If the line does not contain the text literally (a
    /// block scalar, a second line, an escape), it is the position of the scalar.
    func position(of offset: Int, in text: String, at start: Position) -> Position {
        let line = rest(at: start)
        let quote = line.first == "\"" || line.first == "'" ? 1 : 0
        guard line.dropFirst(quote).starts(with: text.unicodeScalars) else { return start }
        return start.advanced(by: quote + offset)
    }
}
