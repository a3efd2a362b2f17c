import Settings
import SystemPackage

/// A configuration of one capture, with more of its keys and more keys beside it.
func configuration(capture: String = "", _ other: String = "") -> String {
    """
    captures:
      web: { interface: eth0\(capture.isEmpty ? "" : ", ")\(capture) }
    \(other)
    """
}

/// The settings of a text that has no mistake.
func settings(_ text: String) throws -> Settings { try Settings.parse(text, file: "f") }

/// What is said about a text; empty when it has no mistake.
func complaints(_ text: String) -> String {
    do throws(ConfigurationError) {
        _ = try Settings.parse(text, file: "f")
        return ""
    } catch {
        return error.description
    }
}

/// A file of the package.
func bytes(of path: String) throws -> [UInt8] {
    let file = try FileDescriptor.open(FilePath(path), .readOnly)
    return try file.closeAfter {
        try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
