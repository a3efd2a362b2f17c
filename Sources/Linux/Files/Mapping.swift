import CLinux
import Glibc
import SystemPackage

/// Pages of memory with one owner; `deinit` unmaps them. See mmap(2).
@safe package struct Mapping: ~Copyable, @unchecked Sendable {
    /// The first byte; page-aligned.
    package let base: UnsafeMutableRawPointer
    /// Size in bytes.
    package let count: Int

    /// Maps anonymous private pages. The kernel provides them zeroed when they are first touched.
    package init(anonymous count: Int) throws(SystemError) {
        try self.init(count, CInt(MAP_PRIVATE | MAP_ANONYMOUS), -1, "\(count) bytes of memory")
    }

    /// Takes address space without memory; its bytes are inaccessible.
    package init(reserving count: Int) throws(SystemError) {
        let flags = CInt(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
        try self.init(count, flags, -1, "\(count) bytes of memory", access: PROT_NONE)
    }

    /// Maps the pages that a kernel object shares, such as the ring of a packet socket.
    package init(sharing descriptor: borrowing Descriptor, count: Int, subject: String) throws(SystemError) {
        try self.init(count, CInt(MAP_SHARED), descriptor.number, subject)
    }

    private init(
        _ count: Int, _ flags: CInt, _ descriptor: CInt, _ subject: String, access: CInt = PROT_READ | PROT_WRITE
    ) throws(SystemError) {
        let address = unsafe mmap(nil, count, access, flags, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw SystemError("map", subject, Errno(rawValue: errno))
        }
        unsafe (self.base, self.count) = (address, count)
    }

    /// Asks for huge pages instead of small ones and keeps the contents; no effect if the kernel has none. Direct I/O
    /// then passes a few pages to the disk instead of a thousand. See madvise(2), MADV_COLLAPSE.
    package func makeHuge() {
        unsafe _ = madvise(base, count, CInt(MADV_HUGEPAGE))
        unsafe _ = madvise(base, count, CInt(holdfast_madv_collapse))
    }

    deinit { unsafe _ = munmap(base, count) }
}
