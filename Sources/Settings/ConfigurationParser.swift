/// A configuration file while it is read: its text, and the mistakes found in it so far.
final class ConfigurationParser {
    let file: String
    let text: String
    private let lines: [Substring]
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
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
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

    /// Lets only a file without mistakes through.
    func conclude() throws(ConfigurationError) {
        guard mistakes.isEmpty else {
            // The mistakes of other files come after those of this one.
            throw ConfigurationError(
                mistakes.sorted { one, other in
                    guard one.file == other.file else {
                        return one.file == file || (other.file != file && one.file < other.file)
                    }
                    return (one.line, one.column) < (other.line, other.column)
                })
        }
    }

    func position(line: Int, column: Int) -> Position { Position(file: file, line: line, column: column) }

    func hasLine(_ line: Int) -> Bool { lines.indices.contains(line - 1) }

    /// What stands at a position and after it on its line.
    func rest(at position: Position) -> Substring.UnicodeScalarView {
        guard lines.indices.contains(position.line - 1) else { return Substring().unicodeScalars }
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
