import SystemPackage

/// A file open for reading, or standard input (`-`); closed when its owner lets go.
struct InputFile: ~Copyable {
    let path: String
    private let descriptor: FileDescriptor

    init(_ path: String) throws(CommandError) {
        self.path = path
        do {
            descriptor = path == "-" ? .standardInput : try .open(FilePath(path), .readOnly, options: .closeOnExec)
        } catch {
            throw CommandError(cannot: "open", path, error)
        }
    }

    deinit { if path != "-" { try? descriptor.close() } }

    /// Reads the next bytes into a buffer; returns how many, 0 at the end.
    func read(into buffer: inout MutableRawSpan) throws(CommandError) -> Int {
        do {
            return try unsafe buffer.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
        } catch {
            throw CommandError(cannot: "read", path, error)
        }
    }

    /// The next bytes, not more than `count`; none at the end.
    func read(upTo count: Int) throws(CommandError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var buffer = unsafe span.mutableBytes
        let read = try read(into: &buffer)
        bytes.removeSubrange(read...)
        return bytes
    }
}
