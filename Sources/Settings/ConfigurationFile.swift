/// A configuration file on disk, or a program that it names.
enum ConfigurationFile {
    /// Far more than an operator writes; less than what a wrong path (a capture, an image) would pour into memory.
    static let maximumSize = 1 << 20

    /// The text of a file; a failure is a mistake at its beginning.
    static func text(_ path: String) throws(ConfigurationError) -> String {
        let bytes: [UInt8]
        do { bytes = try RegularFile.bytes(path, limit: maximumSize) } catch {
            throw failure(path, error.description)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure(path, "it is not UTF-8 text") }
        return text
    }

    private static func failure(_ path: String, _ reason: String) -> ConfigurationError {
        let start = Position(file: path, line: 1, column: 1)
        return ConfigurationError([Diagnostic(at: start, "cannot read it: \(reason)")])
    }
}
