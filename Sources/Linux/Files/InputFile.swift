import CLinux
import Glibc

/// A file that is open for reading, or a stream; closed when its owner lets go.
///
/// A regular file is read by position, so that it can be read from any offset and descriptors of the same file do not
/// disturb each other. Everything else, standard input included, is read as a stream. See pread(2), read(2).
package struct InputFile: ~Copyable, Sendable {
    package let path: String
    private let descriptor: Descriptor
    /// Whether it is a regular file, read by position.
    package let isSeekable: Bool
    /// Where the next byte comes from, in bytes from the start of the file, or of what the stream gave.
    package private(set) var position: UInt64 = 0

    /// Opens the file at `path`. See open(2); `followingLinks`: whether a symbolic link is followed (O_NOFOLLOW).
    package init(_ path: String, followingLinks: Bool = true) throws(SystemError) {
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (followingLinks ? 0 : O_NOFOLLOW)
        let number = try systemCall("open", path) { unsafe open(path, flags) }
        try self.init(Descriptor(owning: number), path: path)
    }

    /// What a command means by an argument: `-` is standard input, from where it stands, and anything else a path.
    package init(argument: String) throws(SystemError) {
        guard argument == "-" else {
            try self.init(argument)
            return
        }
        let number = try systemCall("open", argument) { fcntl(0, F_DUPFD_CLOEXEC, 3) }
        self.init(Descriptor(owning: number), path: argument, isSeekable: false)
    }

    /// Takes over a descriptor that is open for reading. `path` is what errors call it.
    package init(_ descriptor: consuming Descriptor, path: String) throws(SystemError) {
        var status = stat()
        let number = descriptor.number
        try systemCall("stat", path) { unsafe fstat(number, &status) }
        self.init(descriptor, path: path, isSeekable: status.st_mode & S_IFMT == S_IFREG)
    }

    private init(_ descriptor: consuming Descriptor, path: String, isSeekable: Bool) {
        (self.path, self.isSeekable) = (path, isSeekable)
        self.descriptor = descriptor
    }

    /// Reads the next bytes to the start of `bytes`; returns how many, 0 at the end. A regular file that has grown
    /// goes on.
    package mutating func read(into bytes: inout MutableRawSpan) throws(SystemError) -> Int {
        let (number, position, isSeekable) = (descriptor.number, Int(position), isSeekable)
        let count = try systemCall("read", path) {
            unsafe bytes.withUnsafeMutableBytes { room in
                unsafe isSeekable
                    ? pread(number, room.baseAddress, room.count, position)
                    : Glibc.read(number, room.baseAddress, room.count)
            }
        }
        self.position += UInt64(count)
        return count
    }

    /// The next bytes, `count` at most; none at the end.
    package mutating func read(upTo count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var room = unsafe span.mutableBytes
        let read = try read(into: &room)
        bytes.removeSubrange(read...)
        return bytes
    }

    /// Makes `offset` the next byte of a regular file.
    package mutating func seek(to offset: UInt64) {
        precondition(isSeekable, "a stream has no offsets")
        position = offset
    }

    /// Bytes of the file now; 0 of a stream. See fstat(2).
    package func size() throws(SystemError) -> UInt64 {
        var status = stat()
        try systemCall("stat", path) { unsafe fstat(descriptor.number, &status) }
        return UInt64(status.st_size)
    }
}
