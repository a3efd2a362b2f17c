/// All errors in the text of a program, in source order.
public struct SourceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An error and its position. The description is `LINE:COLUMN: what was expected`.
    public struct Problem: Equatable, Sendable, CustomStringConvertible {
        /// The line, from 1.
        public let line: Int
        /// The column, in characters from 1.
        public let column: Int
        /// What was expected at the position, or what is wrong.
        public let text: String

        public var description: String { "\(line):\(column): \(text)" }
    }

    /// The errors; never empty.
    public let problems: [Problem]
    /// Whether the text is recognizably a program: it begins like one and is mostly valid.
    ///
    /// If it is not, the errors may quote any file: they are not for readers who may not read the text itself.
    public let looksLikeProgram: Bool

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
