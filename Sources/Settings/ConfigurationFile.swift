/// A configuration file, or a program file that it names.
enum ConfigurationFile {
    /// Bytes. Far more than a configuration needs, and less than a wrong path (a capture file, a disk image) would
    /// read into memory.
    static let maximumSize = 1 << 20

    /// Reads the text of a file. A failure is an error at the file's first character.
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
        return ConfigurationError([Diagnostic(at: start, "cannot read the file: \(reason)")])
    }
}
