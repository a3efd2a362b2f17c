/// A position in a configuration file. Lines and columns start at 1, as in an editor.
package struct Position: Equatable, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) { (self.file, self.line, self.column) = (file, line, column) }

    package var description: String { "\(file):\(line):\(column)" }

    /// The position `columns` characters further on the same line.
    func advanced(by columns: Int) -> Position { Position(file: file, line: line, column: column + columns) }
}

/// An error or a warning about a configuration file: its position, and a sentence for the operator.
package struct Diagnostic: Equatable, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int
    package let message: String

    package init(file: String, line: Int, column: Int, message: String) {
        (self.file, self.line, self.column, self.message) = (file, line, column, message)
    }

    package init(at position: Position, _ message: String) {
        self.init(file: position.file, line: position.line, column: position.column, message: message)
    }

    package var description: String { "\(file):\(line):\(column): \(message)" }

    /// The line that prints the diagnostic as a warning, which does not reject the file.
    package var warning: String { "\(file):\(line):\(column): warning: \(message)" }
}

/// The errors in a configuration file and in the files that it names, in the order of the files.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The greatest number of errors reported. A final line contains the number of the others.
    package static let most = 100

    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        let told = diagnostics.prefix(ConfigurationError.most)
        guard let next = diagnostics[told.endIndex...].first else {
            self.diagnostics = diagnostics
            return
        }
        let rest = "and \(diagnostics.count - told.count) more errors from here on"
        self.diagnostics = told + [Diagnostic(file: next.file, line: next.line, column: next.column, message: rest)]
    }

    /// One line per error.
    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
