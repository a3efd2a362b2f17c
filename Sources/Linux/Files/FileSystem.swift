import CLinux
import Glibc

/// A mounted file system, as one call saw it.
public struct FileSystem: Sendable {
    /// The same for all files on it (st_dev).
    public let device: UInt64
    /// Bytes that are free for users other than root.
    public let free: Int64
    /// Files that users other than root may still make (inodes), and all that it has room for; nil where it sets no limit.
    public let files: (free: Int64, total: Int64)?

    /// See fstat(2), fstatvfs(3).
    init(of descriptor: CInt, _ subject: String) throws(SystemError) {
        var (status, figures) = (stat(), statvfs())
        try systemCall("look at", subject) { unsafe fstat(descriptor, &status) }
        try systemCall("ask for the free space of", subject) { unsafe fstatvfs(descriptor, &figures) }
        device = UInt64(status.st_dev)
        free = Int64(clamping: UInt64(figures.f_bavail).multipliedReportingOverflow(by: UInt64(figures.f_frsize)).0)
        let total = Int64(clamping: UInt64(figures.f_files))
        files = total == 0 ? nil : (Int64(clamping: UInt64(figures.f_favail)), total)
    }
}
