import CLinux
import Glibc
public import SystemPackage

/// A file that is open for writing; closed when its owner lets go.
///
/// It has two ways to the disk. Whole pages go past the page cache where the file system can do that: no copy, no eviction of
/// what other programs have cached, a tenth of the processor time. Everything else goes through the page cache. The
/// kernel keeps the two coherent. See open(2), O_DIRECT.
public struct File: ~Copyable, Sendable {
    /// What direct writes are made of: memory, position and length are multiples of it.
    public static let pageSize = 4096

    public let path: String
    private let descriptor: Descriptor
    private var direct: Descriptor?
    /// Why whole pages go through the page cache, too: EINVAL where the file system has no direct I/O. Nil where they do not.
    public private(set) var bufferingReason: Errno?

    init(
        _ descriptor: consuming Descriptor, direct: consuming Descriptor?, bufferingReason: Errno? = nil, path: String
    ) {
        self.descriptor = descriptor
        self.direct = direct
        self.bufferingReason = bufferingReason
        self.path = path
    }

    /// Whether whole pages go past the page cache.
    public var isDirect: Bool { direct != nil }

    /// Writes all of `pages`, whole ones in page-aligned memory, at `offset`, a multiple of `pageSize`. On failure some of
    /// them may stand in the file.
    public mutating func write(pages: RawSpan, at offset: Int64) throws(SystemError) {
        guard let number = direct?.number else { return try write(pages, at: offset) }
        do {
            try File.write(pages, at: offset, to: number)
        } catch {
            guard error == .invalidArgument else { throw SystemError("write to", path, error) }
            // It wants larger units than pages, or opens what it cannot write: from here on like any other file.
            direct = nil
            bufferingReason = error
            try write(pages, at: offset)
        }
    }

    /// Writes all of `bytes` at `offset`, through the page cache. On failure some of them may stand in the file.
    public func write(_ bytes: RawSpan, at offset: Int64) throws(SystemError) {
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

    /// Reads into `bytes` from `offset` on; returns how many, 0 at the end of the file. See pread(2).
    public func read(into bytes: inout MutableRawSpan, at offset: Int64) throws(SystemError) -> Int {
        try systemCall("read", path) {
            unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor.number, buffer.baseAddress, buffer.count, Int(offset))
            }
        }
    }

    /// Makes this process the one that may change the file, until it is closed or the process ends, however it ends. False
    /// when another one is. See flock(2).
    public func lock() throws(SystemError) -> Bool {
        do { try systemCall { flock(descriptor.number, LOCK_EX | LOCK_NB) } } catch {
            if error == .wouldBlock { return false }
            throw SystemError("lock", path, error)
        }
        return true
    }

    /// Whether it still has a name: nobody has removed it. Throws where the file system does not say. See fstat(2).
    public func isLinked() throws(SystemError) -> Bool {
        var status = stat()
        try systemCall("look at", path) { unsafe fstat(descriptor.number, &status) }
        return status.st_nlink > 0
    }

    /// Whether `other` describes this very file. See fstat(2).
    func isSame(as other: stat) throws(SystemError) -> Bool {
        var own = stat()
        try systemCall("look at", path) { unsafe fstat(descriptor.number, &own) }
        return own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }

    /// The file system it is on: which one, and how many bytes of it a user may still take. See fstatvfs(3).
    public func fileSystem() throws(SystemError) -> FileSystem { try FileSystem(of: descriptor.number, path) }

    /// Takes the space of bytes that are not written yet, so that the disk says now when it has none, and need not look for it
    /// with every write. The file's size stays. False where the file system cannot. See fallocate(2).
    public func reserve(from offset: Int64, count: Int64) throws(SystemError) -> Bool {
        do {
            try systemCall { holdfast_reserve(descriptor.number, offset, count) }
            return true
        } catch {
            if error == .notSupportedOnSocket || error == .noFunction || error == .invalidArgument { return false }
            throw SystemError("reserve space for", path, error)
        }
    }

    /// Cuts the file after `size` bytes, and gives back what was reserved behind them. See ftruncate(2).
    public func truncate(to size: Int64) throws(SystemError) {
        try systemCall("truncate", path) { ftruncate(descriptor.number, Int(size)) }
    }

    /// Returns when all that was written is on the disk. See fdatasync(2).
    public func synchronize() throws(SystemError) {
        try systemCall("synchronize", path) { fdatasync(descriptor.number) }
    }

    /// Lets the kernel start to write what is in the page cache to the disk, without waiting, so that a later `synchronize`
    /// has little left to wait for. A hint: file systems that do not take it lose nothing. See sync_file_range(2).
    public func startWriteback(from offset: Int64, count: Int) {
        _ = holdfast_start_writeback(descriptor.number, offset, Int64(count))
    }
}
