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
    }

    /// Opens the folder at `path` and makes it first, with the folders above it, where it is missing. Those made
    /// become `owner`'s, if one is named, which takes the right to give files away. Throws where a symbolic link stands in
    /// its place.
    public init(making path: String, mode: UInt32 = 0o750, for owner: User? = nil) throws(SystemError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let folder = String(path[..<end])
            if unsafe mkdir(folder, mode) == 0 {
                // Whatever the umask took away.
                if mode & 0o007 != 0 { unsafe _ = chmod(folder, mode) }
                if let owner { try Directory.give(folder, to: owner) }
            } else if errno != EEXIST {
                // Where an existing folder above refuses, the open below says what matters.
                let reason = Errno(rawValue: errno)
                if unsafe access(folder, F_OK) != 0 { throw SystemError("create the directory", path, reason) }
            }
        }
        try self.init(path)
    }

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
        // A second way to the same file; file systems without direct input and output refuse it.
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

    /// Whether something of that name is there, be it a symbolic link that leads nowhere.
    public func contains(_ name: String) -> Bool {
        unsafe faccessat(descriptor.number, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0
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
        var status = stat()
        try systemCall("look at", path + "/" + name) {
            unsafe fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW)
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

    /// Every regular file in the folder, in no order.
    public func files() throws(SystemError) -> [Entry] {
        let number = try systemCall("read the directory", path) {
            unsafe openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard let stream = unsafe fdopendir(number) else {
            let reason = Errno(rawValue: errno)
            _ = close(number)
            throw SystemError("read the directory", path, reason)
        }
        defer { unsafe _ = closedir(stream) }
        var found: [Entry] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            var status = stat()
            guard unsafe fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFREG { found.append(Entry(name: name, size: Int64(status.st_size))) }
        }
        return found
    }
}
