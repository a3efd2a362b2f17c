import CLinux
import Glibc
import SystemPackage

/// A folder that is open: its files are named relative to it, so that nobody can put another folder in its place between
/// two calls. Symbolic links in place of files are errors, never followed.
public struct Directory: ~Copyable, Sendable {
    public let path: String
    private let descriptor: Descriptor

    /// A file in the folder.
    public struct Entry: Equatable, Sendable {
        public var name: String
        /// Bytes.
        public var size: Int64
        /// When its contents changed last, in seconds since 1970 by the wall clock (st_mtime).
        public var changed: Int64
    }

    /// Opens the folder at `path` and makes it first, with the folders above it, where it is missing. Those made
    /// become `owner`'s, if one is named, which takes the right to give files away. Throws where a symbolic link stands in
    /// its place.
    public init(making path: String, mode: UInt32 = 0o750, for owner: User? = nil) throws(SystemError) {
        if Directory.isMissing(path) { try Directory.make(path, mode: mode, for: owner) }
        try self.init(path)
    }

    /// Makes the folders of `path` that are missing, and asks no other to be made: a frozen file system keeps mkdir(2) waiting
    /// for a folder that is there, too, and the folder itself may be on another one.
    private static func make(_ path: String, mode: UInt32, for owner: User?) throws(SystemError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let folder = String(path[..<end])
            guard isMissing(folder) else { continue }
            if unsafe mkdir(folder, mode) == 0 {
                // Whatever the umask took away.
                if mode & 0o007 != 0 { unsafe _ = chmod(folder, mode) }
                if let owner { try give(folder, to: owner) }
            } else if errno != EEXIST {
                throw SystemError("create the directory", path, Errno(rawValue: errno))
            }
        }
    }

    /// Whether nothing is at `path`. One that cannot be looked at is not missing: opening it says why.
    private static func isMissing(_ path: String) -> Bool { unsafe access(path, F_OK) != 0 && errno == ENOENT }

    /// Opens the folder at `path`, which is no symbolic link. See open(2), O_DIRECTORY, O_NOFOLLOW.
    public init(_ path: String) throws(SystemError) {
        do {
            let number = try systemCall {
                unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            self.path = path
            descriptor = Descriptor(owning: number)
        } catch {
            var status = stat()
            let isLink = unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
            throw SystemError(
                "open the directory", path, error,
                advice: isLink ? "a symbolic link, which is not followed: name the directory it leads to" : nil)
        }
    }

    /// The file system it is on. See fstatvfs(3).
    public func fileSystem() throws(SystemError) -> FileSystem { try FileSystem(of: descriptor.number, path) }

    /// Which file system it is on (st_dev). See fstat(2).
    public func device() throws(SystemError) -> UInt64 {
        var status = stat()
        try systemCall("look at", path) { unsafe fstat(descriptor.number, &status) }
        return UInt64(status.st_dev)
    }

    /// Makes the folder at `path`, made a moment ago, somebody's. See fchown(2).
    private static func give(_ path: String, to owner: User) throws(SystemError) {
        let folder = try Directory(path)
        try systemCall("give to user \(owner.name)", path) { fchown(folder.descriptor.number, owner.id, owner.group) }
    }

    /// Throws where this process cannot make files here. See faccessat(2).
    public func checkWritable() throws(SystemError) {
        try systemCall("write into the directory", path) {
            unsafe faccessat(descriptor.number, ".", W_OK | X_OK, AT_EACCESS)
        }
    }

    /// Makes the file `name` (mode 0640), which must not be there. See openat(2), O_EXCL.
    public func create(_ name: String) throws(SystemError) -> File {
        let number = try systemCall("create", path + "/" + name) {
            unsafe openat(descriptor.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        }
        let file = Descriptor(owning: number)
        // A second way to the same file; file systems without direct input and output refuse it. See open(2), EINVAL.
        let direct = unsafe openat(descriptor.number, name, O_WRONLY | holdfast_o_direct | O_NOFOLLOW | O_CLOEXEC)
        let reason = direct < 0 ? Errno(rawValue: errno) : nil
        return File(
            file, direct: direct < 0 ? nil : Descriptor(owning: direct), bufferingReason: reason,
            path: path + "/" + name)
    }

    /// Opens the file `name` for reading and changing, through the page cache; never what a symbolic link points to.
    public func open(_ name: String) throws(SystemError) -> File {
        let number = try systemCall("open", path + "/" + name) {
            unsafe openat(descriptor.number, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        }
        return File(Descriptor(owning: number), direct: nil, path: path + "/" + name)
    }

    /// Whether something of that name is there, be it a symbolic link that leads nowhere. Throws where the directory does not
    /// say.
    public func contains(_ name: String) throws(SystemError) -> Bool { try status(of: name) != nil }

    /// Whether `name` is a name of the open file `file`. Throws where the directory does not say.
    public func contains(_ file: borrowing File, as name: String) throws(SystemError) -> Bool {
        guard let status = try status(of: name) else { return false }
        return try file.isSame(as: status)
    }

    /// Gives the file `old` the name `new`, which must be free. See renameat2(2), RENAME_NOREPLACE.
    public func rename(_ old: String, to new: String) throws(SystemError) {
        let result = unsafe holdfast_rename_noreplace(descriptor.number, old, new)
        if result == 0 { return }
        guard errno == EINVAL || errno == ENOSYS else {
            throw SystemError("rename", "\(path)/\(old) to \(new)", Errno(rawValue: errno))
        }
        // A file system that cannot promise that (some network ones): a second link does, as it never replaces.
        try systemCall("rename", "\(path)/\(old) to \(new)") {
            unsafe linkat(descriptor.number, old, descriptor.number, new, 0)
        }
        try remove(old)
    }

    /// Removes the regular file `name`; false, and nothing is done, when something else has that name. See unlinkat(2).
    public func removeFile(_ name: String) throws(SystemError) -> Bool {
        guard let status = try status(of: name) else {
            throw SystemError("look at", path + "/" + name, .noSuchFileOrDirectory)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return false }
        try remove(name)
        return true
    }

    /// Removes the file `name`. See unlinkat(2).
    public func remove(_ name: String) throws(SystemError) {
        try systemCall("remove", path + "/" + name) { unsafe unlinkat(descriptor.number, name, 0) }
    }

    /// Makes renames and removals so far survive a power failure. See fsync(2).
    public func synchronize() throws(SystemError) {
        try systemCall("synchronize the directory", path) { fsync(descriptor.number) }
    }

    /// Every regular file in the folder, in no order; throws rather than leave out what cannot be looked at. See readdir(3).
    public func files() throws(SystemError) -> [Entry] {
        try entries(S_IFREG).map { name, status in
            Entry(name: name, size: Int64(status.st_size), changed: Int64(status.st_mtim.tv_sec))
        }
    }

    /// The name of every folder in the folder, in no order.
    public func folders() throws(SystemError) -> [String] {
        try entries(S_IFDIR).map(\.name).filter { $0 != "." && $0 != ".." }
    }

    /// What is in the folder, of one type.
    private func entries(_ type: mode_t) throws(SystemError) -> [(name: String, status: stat)] {
        let number = try systemCall("read the directory", path) {
            unsafe openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard let stream = unsafe fdopendir(number) else {
            let reason = Errno(rawValue: errno)
            _ = close(number)
            throw SystemError("read the directory", path, reason)
        }
        defer { unsafe _ = closedir(stream) }
        var found: [(name: String, status: stat)] = []
        while let entry = unsafe try Directory.next(of: stream, in: path) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard let status = try status(of: name), status.st_mode & S_IFMT == type else { continue }
            found.append((name, status))
        }
        return found
    }

    /// The next entry; nil behind the last. Only `errno` tells the end from a failure.
    private static func next(
        of stream: OpaquePointer, in path: String
    ) throws(SystemError) -> UnsafeMutablePointer<dirent>? {
        errno = 0
        if let entry = unsafe readdir(stream) { return unsafe entry }
        if errno != 0 { throw SystemError("read the directory", path, Errno(rawValue: errno)) }
        return nil
    }

    /// What stands under `name`, a symbolic link itself included; nil when nothing does. See fstatat(2).
    private func status(of name: String) throws(SystemError) -> stat? {
        var status = stat()
        if unsafe fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        if errno == ENOENT { return nil }
        throw SystemError("look at", path + "/" + name, Errno(rawValue: errno))
    }
}
