import Foundation

/// Memory, descriptors and threads of a process. See proc_pid_status(5).
struct Footprint: CustomStringConvertible {
    /// Resident KiB (VmRSS), including the rings of its taps.
    var memory: Int
    /// Resident anonymous KiB (RssAnon), without rings and files.
    var own: Int
    /// Open descriptors.
    var files: Int
    var threads: Int

    init(of process: Int32) throws {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        func number(_ key: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? -1
        }
        (memory, own, threads) = (number("VmRSS"), number("RssAnon"), number("Threads"))
        files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }

    /// The maximum of each value.
    func most(_ other: Footprint) -> Footprint {
        var most = self
        most.memory = max(memory, other.memory)
        most.own = max(own, other.own)
        most.files = max(files, other.files)
        most.threads = max(threads, other.threads)
        return most
    }

    var description: String { "memory=\(memory)kB own=\(own)kB files=\(files) threads=\(threads)" }
}
