/// What is wrong with a program's text: every mistake found, in the order of the text.
public struct SourceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One mistake and its place; as text, `LINE:COLUMN: what was expected`.
    public struct Problem: Equatable, Sendable, CustomStringConvertible {
        /// Both counted from 1; the column in characters.
        public let line: Int
        public let column: Int
        /// What was expected there, or what is wrong.
        public let text: String

        public var description: String { "\(line):\(column): \(text)" }
    }

    /// One at least.
    public let mistakes: [Problem]
    /// Whether the text begins as a program does, and is one for the most part. The mistakes of another text quote what may be
    /// anything.
    public let looksLikeProgram: Bool

    public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
