import CLinux
import Glibc
package import SystemPackage

/// A file that is open for writing; `deinit` closes it.
///
/// Whole pages bypass the page cache where the file system supports that. This avoids a copy, evicts nothing that
/// other programs have cached, and takes a tenth of the processor time. Everything else goes through the page cache.
/// The kernel keeps the two coherent. See open(2), O_DIRECT.
package struct File: ~Copyable, Sendable {
    /// The unit of direct I/O: memory address, offset and length are multiples of it. In bytes.
    package static let pageSize = 4096

    package let path: String
    private let descriptor: Descriptor
    private var direct: Descriptor?
    /// Why whole pages go through the page cache, too: EINVAL if the file system has no direct I/O. Nil with direct
    /// I/O.
    package private(set) var bufferingReason: Errno?

    init(
        _ descriptor: consuming Descriptor, direct: consuming Descriptor?, bufferingReason: Errno? = nil, path: String
    ) {
        self.descriptor = descriptor
        self.direct = direct
        self.bufferingReason = bufferingReason
        self.path = path
    }

    /// Whether whole pages bypass the page cache.
    package var isDirect: Bool { direct != nil }

    /// Writes `pages`: whole pages in page-aligned memory, at `offset`, a multiple of `pageSize`. If it throws, some
    /// of them may be in the file.
    package mutating func write(pages: RawSpan, at offset: Int64) throws(SystemError) {
        guard let number = direct?.number else { return try write(pages, at: offset) }
        do {
            try File.write(pages, at: offset, to: number)
        } catch {
            guard error == .invalidArgument else { throw SystemError("write to", path, error) }
            // The file system needs larger units than pages, or opened the file for direct I/O without supporting it.
            direct = nil
            bufferingReason = error
            try write(pages, at: offset)
        }
    }

    /// Writes `bytes` at `offset` through the page cache. If it throws, some of them may be in the file.
    package func write(_ bytes: RawSpan, at offset: Int64) throws(SystemError) {
        do {
            try File.write(bytes, at: offset, to: descriptor.number)
        } catch {
            throw SystemError("write to", path, error)
        }
    }

    /// See pwrite(2).
    private static func write(_ bytes: RawSpan, at offset: Int64, to number: CInt) throws(Errno) {
        var (rest, position) = (bytes, offset)
        while !rest.isEmpty {
            let written = try systemCall {
                unsafe rest.withUnsafeBytes { unsafe pwrite(number, $0.baseAddress, $0.count, Int(position)) }
            }
            rest = rest.extracting(droppingFirst: written)
            position += Int64(written)
        }
    }

    /// Reads into `bytes` from `offset` on; returns the number of bytes, 0 at the end of the file. See pread(2).
    package func read(into bytes: inout MutableRawSpan, at offset: Int64) throws(SystemError) -> Int {
        try systemCall("read", path) {
            unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor.number, buffer.baseAddress, buffer.count, Int(offset))
            }
        }
    }

    /// Locks the file exclusively until it is closed or the process ends. Returns false if another process has the
    /// lock. See flock(2).
    package func lock() throws(SystemError) -> Bool {
        do { try systemCall { flock(descriptor.number, LOCK_EX | LOCK_NB) } } catch {
            if error == .wouldBlock { return false }
            throw SystemError("lock", path, error)
        }
        return true
    }

    /// Whether the file still has a name. Throws if the file system does not answer. See fstat(2).
    package func isLinked() throws(SystemError) -> Bool {
        var status = stat()
        try systemCall("stat", path) { unsafe fstat(descriptor.number, &status) }
        return status.st_nlink > 0
    }

    /// Whether `other` is the status of this file. See fstat(2).
    func isSame(as other: stat) throws(SystemError) -> Bool {
        var own = stat()
        try systemCall("stat", path) { unsafe fstat(descriptor.number, &own) }
        return own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }

    /// The file system of the file: its device and its free space. See fstatvfs(3).
    package func fileSystem() throws(SystemError) -> FileSystem { try FileSystem(of: descriptor.number, path) }

    /// Reserves space for bytes that are not written yet, so that a full disk reports it now, and each write searches
    /// less. The file size does not change. Returns false if the file system cannot reserve. See fallocate(2).
    package func reserve(from offset: Int64, count: Int64) throws(SystemError) -> Bool {
        do {
            try systemCall { holdfast_reserve(descriptor.number, offset, count) }
            return true
        } catch {
            if error == .notSupportedOnSocket || error == .noFunction || error == .invalidArgument { return false }
            throw SystemError("reserve space for", path, error)
        }
    }

    /// Cuts the file after `size` bytes and releases the space reserved behind them. See ftruncate(2).
    package func truncate(to size: Int64) throws(SystemError) {
        try systemCall("truncate", path) { ftruncate(descriptor.number, Int(size)) }
    }

    /// Waits until everything written is on the disk. See fdatasync(2).
    package func synchronize() throws(SystemError) {
        try systemCall("synchronize", path) { fdatasync(descriptor.number) }
    }

    /// Makes the kernel start to write back cached bytes, without waiting, so that a later `synchronize` is short.
    /// Only a hint: file systems that ignore it lose nothing. See sync_file_range(2).
    package func startWriteback(from offset: Int64, count: Int) {
        _ = holdfast_start_writeback(descriptor.number, offset, Int64(count))
    }
}
