import Glibc
import SystemPackage

/// Reads files on disk only. Reading anything else may block forever: a pipe waits for a writer, a terminal for input.
enum RegularFile {
    /// Why the file cannot be read; completes the sentence "cannot read the file: ...".
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads the file at `path`, at most `limit` bytes.
    static func bytes(_ path: String, limit: Int) throws(Unreadable) -> [UInt8] {
        do {
            // Does not wait for the other end of a pipe.
            let file = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
            defer { try? file.close() }
            var status = stat()
            guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
            if status.st_mode & S_IFMT == S_IFDIR { throw Errno.isDirectory }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw Unreadable(description: "it is not a regular file")
            }
            let tooLong = Unreadable(description: "it is longer than \(Units.size.text(limit))")
            guard status.st_size <= limit else { throw tooLong }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(status.st_size) + 1)
            while bytes.count <= limit {
                let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                    count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if chunk.isEmpty { return bytes }
                bytes += chunk
            }
            throw tooLong
        } catch let error as Unreadable {
            throw error
        } catch {
            throw Unreadable(description: "\(error)")
        }
    }
}
