import CLinux
import Glibc
import SystemPackage

/// Pages of memory with one owner; unmapped when that owner lets go. See mmap(2).
@safe public struct Mapping: ~Copyable, @unchecked Sendable {
    /// The first byte; page aligned.
    public let base: UnsafeMutableRawPointer
    /// Bytes.
    public let count: Int

    /// Anonymous private pages, which the kernel provides zeroed when they are first touched.
    public init(anonymous count: Int) throws(SystemError) {
        try self.init(count, CInt(MAP_PRIVATE | MAP_ANONYMOUS), -1, "\(count) bytes of memory")
    }

    /// The pages a kernel object shares with us, such as the ring of a packet socket.
    public init(sharing descriptor: borrowing Descriptor, count: Int, subject: String) throws(SystemError) {
        try self.init(count, CInt(MAP_SHARED), descriptor.number, subject)
    }

    private init(_ count: Int, _ flags: CInt, _ descriptor: CInt, _ subject: String) throws(SystemError) {
        let address = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw SystemError("map", subject, Errno(rawValue: errno))
        }
        unsafe (self.base, self.count) = (address, count)
    }

    /// Asks for huge pages in place of small ones, with what stands in them; where the kernel has none it does nothing. A
    /// disk that reads this memory by itself then has a few pages to be told of, not a thousand. See madvise(2),
    /// MADV_COLLAPSE.
    public func makeHuge() {
        unsafe _ = madvise(base, count, CInt(MADV_HUGEPAGE))
        unsafe _ = madvise(base, count, CInt(holdfast_madv_collapse))
    }

    deinit { unsafe _ = munmap(base, count) }
}
