import CLinux
import Glibc
import SystemPackage

/// A file that is open for appending; closed when its owner lets go.
public struct File: ~Copyable, Sendable {
    public let path: String
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Writes all of `bytes` at `offset`. On failure some of them may stand in the file. See pwrite(2).
    public func write(_ bytes: RawSpan, at offset: Int64) throws(SystemError) {
        var (rest, position) = (bytes, offset)
        while !rest.isEmpty {
            let written = try systemCall("write to", path) {
                unsafe rest.withUnsafeBytes {
                    unsafe pwrite(descriptor.number, $0.baseAddress, $0.count, Int(position))
                }
            }
            rest = rest.extracting(droppingFirst: written)
            position += Int64(written)
        }
    }

    /// Cuts the file after `size` bytes. See ftruncate(2).
    public func truncate(to size: Int64) throws(SystemError) {
        try systemCall("truncate", path) { ftruncate(descriptor.number, Int(size)) }
    }

    /// Returns when all that was written is on the disk. See fdatasync(2).
    public func synchronize() throws(SystemError) {
        try systemCall("synchronize", path) { fdatasync(descriptor.number) }
    }

    /// Lets the kernel start to write these bytes to the disk, without waiting, so that a later `synchronize` has little
    /// left to wait for. A hint: file systems that do not take it lose nothing. See sync_file_range(2).
    public func startWriteback(from offset: Int64, count: Int) {
        _ = holdfast_start_writeback(descriptor.number, offset, Int64(count))
    }
}
