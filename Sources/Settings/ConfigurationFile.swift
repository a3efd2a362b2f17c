import SystemPackage

/// A configuration file on disk.
enum ConfigurationFile {
    /// Far more than an operator writes; less than what a wrong path (a capture, a device) would pour into memory.
    static let maximumSize = 1 << 20

    /// The text of a file; a failure is a mistake at its beginning.
    static func text(_ path: String) throws(ConfigurationError) -> String {
        do {
            let bytes = try bytes(FilePath(path))
            guard bytes.count <= maximumSize else {
                throw failure(path, "it is longer than \(Units.size.text(maximumSize))")
            }
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            throw failure(path, "it is not UTF-8 text")
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw failure(path, "\(error)")
        }
    }

    private static func failure(_ path: String, _ reason: String) -> ConfigurationError {
        let start = Position(file: path, line: 1, column: 1)
        return ConfigurationError([Mistake(at: start, "cannot read it: \(reason)")])
    }

    /// What is in the file, up to one chunk more than the maximum.
    private static func bytes(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        var bytes: [UInt8] = []
        while bytes.count <= maximumSize {
            let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if chunk.isEmpty { break }
            bytes += chunk
        }
        return bytes
    }
}
