import Settings
import SystemPackage

/// A configuration of one capture, with further keys of the capture and of the configuration.
func configuration(capture: String = "", _ other: String = "") -> String {
    """
    captures:
      web: { interface: eth0\(capture.isEmpty ? "" : ", ")\(capture) }
    \(other)
    """
}

/// Parses a valid text.
func settings(_ text: String) throws -> Settings { try Settings.parse(text, file: "f") }

/// The errors in a text; empty if it is valid.
func complaints(_ text: String) -> String {
    do throws(ConfigurationError) {
        _ = try Settings.parse(text, file: "f")
        return ""
    } catch {
        return error.description
    }
}

/// Reads a file of the package.
func bytes(of path: String) throws -> [UInt8] {
    let file = try FileDescriptor.open(FilePath(path), .readOnly)
    return try file.closeAfter {
        try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
