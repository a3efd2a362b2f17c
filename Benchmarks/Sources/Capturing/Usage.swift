import Foundation

/// Processor time and memory that a process has used so far.
public struct Usage: Sendable {
    /// Processor time in seconds, by the process's clock with nanosecond resolution. Threads that have ended are
    /// included. See clock_getcpuclockid(3).
    public var seconds: Double
    /// MiB of memory: resident (VmRSS), anonymous (RssAnon; a packet ring belongs to the kernel), and the maximum
    /// (VmHWM). See proc_pid_status(5).
    public var resident, own, peak: Double

    public init(of process: Int32) {
        var clock = clockid_t()
        var time = timespec()
        unsafe _ = clock_getcpuclockid(process, &clock)
        unsafe _ = clock_gettime(clock, &time)
        seconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let lines = status.split(separator: "\n")
        func mebibytes(_ key: String) -> Double {
            let words = lines.first { $0.hasPrefix(key + ":") }?.split(whereSeparator: \.isWhitespace) ?? []
            return words.count > 1 ? (Double(words[1]) ?? .nan) / 1024 : .nan
        }
        (resident, own, peak) = (mebibytes("VmRSS"), mebibytes("RssAnon"), mebibytes("VmHWM"))
    }
}
