import CLinux
import Glibc
import SystemPackage

/// An open directory. Its files are addressed relative to it, so that no other directory can take its place between
/// two calls. A symbolic link in place of a file is an error and never followed.
package struct Directory: ~Copyable, Sendable {
    package let path: String
    private let descriptor: Descriptor

    /// A file in the directory.
    package struct Entry: Equatable, Sendable {
        package var name: String
        /// Size in bytes.
        package var size: Int64
        /// Time of the last change of its contents, in seconds since 1970 by the wall clock (st_mtime).
        package var changed: Int64
    }

    /// Opens the directory at `path`, and first creates it and its parents if they are missing. New directories get
    /// the owner `owner`, if there is one, which needs the right to change ownership. Throws if `path` is a symbolic
    /// link.
    package init(making path: String, mode: UInt32 = 0o750, for owner: User? = nil) throws(SystemError) {
        if Directory.isMissing(path) { try Directory.make(path, mode: mode, for: owner) }
        try self.init(path)
    }

    /// Creates the missing directories of `path`. It calls mkdir(2) for no other: on a frozen file system mkdir(2)
    /// blocks even if the directory exists, and the directory itself may be on another file system.
    private static func make(_ path: String, mode: UInt32, for owner: User?) throws(SystemError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let folder = String(path[..<end])
            guard isMissing(folder) else { continue }
            if unsafe mkdir(folder, mode) == 0 {
                // Restores the bits that the umask removed.
                if mode & 0o007 != 0 { unsafe _ = chmod(folder, mode) }
                if let owner { try give(folder, to: owner) }
            } else if errno != EEXIST {
                throw SystemError("create the directory", path, Errno(rawValue: errno))
            }
        }
    }

    /// Whether nothing exists at `path`. An inaccessible path is not missing: opening it reports the reason.
    private static func isMissing(_ path: String) -> Bool { unsafe access(path, F_OK) != 0 && errno == ENOENT }

    /// Opens the directory at `path`, which must not be a symbolic link. See open(2), O_DIRECTORY, O_NOFOLLOW.
    package init(_ path: String) throws(SystemError) {
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
                advice: isLink ? "the daemon does not follow symbolic links: configure the target directory" : nil)
        }
    }

    /// The file system of the directory. See fstatvfs(3).
    package func fileSystem() throws(SystemError) -> FileSystem { try FileSystem(of: descriptor.number, path) }

    /// The device number of its file system (st_dev). See fstat(2).
    package func device() throws(SystemError) -> UInt64 {
        var status = stat()
        try systemCall("stat", path) { unsafe fstat(descriptor.number, &status) }
        return UInt64(status.st_dev)
    }

    /// Changes the owner of the directory at `path`, which was just created. See fchown(2).
    private static func give(_ path: String, to owner: User) throws(SystemError) {
        let folder = try Directory(path)
        try systemCall("make user \(owner.name) the owner of", path) {
            fchown(folder.descriptor.number, owner.id, owner.group)
        }
    }

    /// Throws if this process cannot create files in the directory. See faccessat(2).
    package func checkWritable() throws(SystemError) {
        try systemCall("write to the directory", path) {
            unsafe faccessat(descriptor.number, ".", W_OK | X_OK, AT_EACCESS)
        }
    }

    /// Creates the file `name` (mode 0640); throws if the name is taken (I7). See openat(2), O_EXCL.
    package func create(_ name: String) throws(SystemError) -> File {
        let number = try systemCall("create", path + "/" + name) {
            unsafe openat(descriptor.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        }
        let file = Descriptor(owning: number)
        // A second descriptor of the same file, for direct I/O; file systems without direct I/O refuse it. See
        // open(2), EINVAL.
        let direct = unsafe openat(descriptor.number, name, O_WRONLY | holdfast_o_direct | O_NOFOLLOW | O_CLOEXEC)
        let reason = direct < 0 ? Errno(rawValue: errno) : nil
        return File(
            file, direct: direct < 0 ? nil : Descriptor(owning: direct), bufferingReason: reason,
            path: path + "/" + name)
    }

    /// Opens the file `name` for reading and writing through the page cache. Never follows a symbolic link.
    package func open(_ name: String) throws(SystemError) -> File {
        let number = try systemCall("open", path + "/" + name) {
            unsafe openat(descriptor.number, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        }
        return File(Descriptor(owning: number), direct: nil, path: path + "/" + name)
    }

    /// Whether the name exists, also as a dangling symbolic link. Throws if the directory cannot be read.
    package func contains(_ name: String) throws(SystemError) -> Bool { try status(of: name) != nil }

    /// Whether `name` is a name of the open file `file`. Throws if the directory cannot be read.
    package func contains(_ file: borrowing File, as name: String) throws(SystemError) -> Bool {
        guard let status = try status(of: name) else { return false }
        return try file.isSame(as: status)
    }

    /// Renames the file `old` to `new`, which must be free (I7). See renameat2(2), RENAME_NOREPLACE.
    package func rename(_ old: String, to new: String) throws(SystemError) {
        let result = unsafe holdfast_rename_noreplace(descriptor.number, old, new)
        if result == 0 { return }
        guard errno == EINVAL || errno == ENOSYS else {
            throw SystemError("rename", "\(path)/\(old) to \(new)", Errno(rawValue: errno))
        }
        // Some network file systems do not support that flag. There a second link serves, because linkat never
        // replaces.
        try systemCall("rename", "\(path)/\(old) to \(new)") {
            unsafe linkat(descriptor.number, old, descriptor.number, new, 0)
        }
        try remove(old)
    }

    /// Removes the regular file `name`; returns false, without effect, if the name is not a regular file. See
    /// unlinkat(2).
    package func removeFile(_ name: String) throws(SystemError) -> Bool {
        guard let status = try status(of: name) else {
            throw SystemError("stat", path + "/" + name, .noSuchFileOrDirectory)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return false }
        try remove(name)
        return true
    }

    /// Removes the file `name`, of any kind but a directory. See unlinkat(2).
    package func remove(_ name: String) throws(SystemError) {
        try systemCall("remove", path + "/" + name) { unsafe unlinkat(descriptor.number, name, 0) }
    }

    /// Makes all previous renames and removals survive a power failure. See fsync(2).
    package func synchronize() throws(SystemError) {
        try systemCall("synchronize the directory", path) { fsync(descriptor.number) }
    }

    /// Every regular file in the directory, unordered. Throws if one of them cannot be examined. See readdir(3).
    package func files() throws(SystemError) -> [Entry] {
        try entries(S_IFREG).map { name, status in
            Entry(name: name, size: Int64(status.st_size), changed: Int64(status.st_mtim.tv_sec))
        }
    }

    /// The name of every subdirectory, unordered.
    package func folders() throws(SystemError) -> [String] {
        try entries(S_IFDIR).map(\.name).filter { $0 != "." && $0 != ".." }
    }

    /// The entries of one type.
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

    /// The next entry; nil after the last one. Only `errno` distinguishes the end from a failure.
    private static func next(
        of stream: OpaquePointer, in path: String
    ) throws(SystemError) -> UnsafeMutablePointer<dirent>? {
        errno = 0
        if let entry = unsafe readdir(stream) { return unsafe entry }
        if errno != 0 { throw SystemError("read the directory", path, Errno(rawValue: errno)) }
        return nil
    }

    /// The status of `name`, without following a symbolic link; nil if the name does not exist. See fstatat(2).
    private func status(of name: String) throws(SystemError) -> stat? {
        var status = stat()
        if unsafe fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return status }
        if errno == ENOENT { return nil }
        throw SystemError("stat", path + "/" + name, Errno(rawValue: errno))
    }
}
