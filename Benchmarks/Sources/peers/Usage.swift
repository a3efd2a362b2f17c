import Foundation

/// What a process has used so far.
struct Usage {
    /// Seconds on a processor, by the scheduler's own clock (schedstat, in nanoseconds), over all its threads.
    var seconds: Double
    /// The most memory it had, in MiB (VmHWM).
    var peakMemory: Double

    init(of process: Int32) {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        let nanoseconds = tasks.compactMap { task in
            Usage.text("/proc/\(process)/task/\(task)/schedstat").split(separator: " ").first.flatMap { Double($0) }
        }
        seconds = nanoseconds.reduce(0, +) / 1e9
        let status = Usage.text("/proc/\(process)/status").split(separator: "\n")
        let peak = status.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").dropFirst().first
        peakMemory = (peak.flatMap { Double($0) } ?? 0) / 1024
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
