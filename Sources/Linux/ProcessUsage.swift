import CLinux
import Glibc

/// The resources that this process uses at one moment.
package struct ProcessUsage: Equatable, Sendable {
    /// Processor time of all its threads, in user and kernel mode, since the process started.
    package var cpuSeconds: Double
    /// Resident memory in bytes; nil if the kernel does not report it.
    package var residentBytes: UInt64?
    package var threads: UInt64?
    package var openDescriptors: UInt64?
    /// The limit of open descriptors (RLIMIT_NOFILE).
    package var descriptorLimit: UInt64?

    /// Reads the current usage. Takes a few system calls, none of which waits for a disk. See clock_gettime(2),
    /// proc_pid_stat(5), proc_pid_fd(5), getrlimit(2).
    package static var current: ProcessUsage {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        // The fields follow the name, which may contain spaces: the state is field 3.
        let words = ProcessUsage.text("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        func field(_ number: Int) -> UInt64? { words.count > number - 3 ? UInt64(words[number - 3]) : nil }
        var limit = rlimit()
        let isKnown = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return ProcessUsage(
            cpuSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / .nanosecondsPerSecond,
            residentBytes: field(24).map { $0 * UInt64(sysconf(CInt(_SC_PAGESIZE))) }, threads: field(20),
            openDescriptors: ProcessUsage.descriptors, descriptorLimit: isKnown ? UInt64(limit.rlim_cur) : nil)
    }

    /// Resident memory that belongs to no file and to no ring, in bytes. See proc_pid_statm(5).
    static var anonymousBytes: Int {
        let pages = text("/proc/self/statm").split(separator: " ").compactMap { Int($0) }
        return pages.count > 2 ? (pages[1] - pages[2]) * sysconf(CInt(_SC_PAGESIZE)) : 0
    }

    /// Number of open descriptors, without the one that reads the list.
    private static var descriptors: UInt64? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe _ = closedir(folder) }
        var count: UInt64 = 0
        while let entry = unsafe readdir(folder) {
            if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count > 0 ? count - 1 : nil
    }

    private static func text(_ path: String) -> String {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return "" }
        defer { _ = close(number) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(number, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
