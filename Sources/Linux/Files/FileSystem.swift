import CLinux
import Glibc

/// The state of a mounted file system at one moment.
package struct FileSystem: Sendable {
    /// Device number, which all its files share (st_dev).
    package let device: UInt64
    /// Bytes that users other than root may still use.
    package let free: Int64
    /// Inodes that users other than root may still use, and all inodes; nil if the file system has no limit.
    package let files: (free: Int64, total: Int64)?

    /// See fstat(2), fstatvfs(3).
    init(of descriptor: CInt, _ subject: String) throws(SystemError) {
        var (status, figures) = (stat(), statvfs())
        try systemCall("stat", subject) { unsafe fstat(descriptor, &status) }
        try systemCall("read the free space of", subject) { unsafe fstatvfs(descriptor, &figures) }
        device = UInt64(status.st_dev)
        free = Int64(clamping: UInt64(figures.f_bavail).multipliedReportingOverflow(by: UInt64(figures.f_frsize)).0)
        let total = Int64(clamping: UInt64(figures.f_files))
        files = total == 0 ? nil : (Int64(clamping: UInt64(figures.f_favail)), total)
    }
}
