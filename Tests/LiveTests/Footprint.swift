import Foundation

/// What a process holds. See proc_pid_status(5).
struct Footprint: CustomStringConvertible {
    /// KiB that are resident (VmRSS), the rings of its taps included.
    var memory: Int
    /// KiB that are resident and its own (RssAnon): neither a ring nor a file.
    var own: Int
    /// Descriptors that are open.
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

    /// The larger of each.
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
