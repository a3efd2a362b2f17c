import Foundation

/// What a process has used so far.
struct Usage {
    /// Seconds on a processor, by the process's own clock, in nanoseconds: threads that have ended count, too. See
    /// clock_getcpuclockid(3).
    var seconds: Double
    /// The most memory it had, in MiB (VmHWM).
    var peakMemory: Double

    init(of process: Int32) {
        var clock = clockid_t()
        var time = timespec()
        unsafe _ = clock_getcpuclockid(process, &clock)
        unsafe _ = clock_gettime(clock, &time)
        seconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        let status = Usage.text("/proc/\(process)/status").split(separator: "\n")
        let peak = status.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").dropFirst().first
        peakMemory = (peak.flatMap { Double($0) } ?? 0) / 1024
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
