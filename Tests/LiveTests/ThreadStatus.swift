import Foundation

/// A thread's user and rights, as the kernel reports them. See proc(5), /proc/PID/status.
struct ThreadStatus {
    private let fields: [String: String]

    /// Every thread of a process, without those that end meanwhile.
    static func all(of process: Int32) throws -> [ThreadStatus] {
        let folder = "/proc/\(process)/task"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? ThreadStatus("\(folder)/\($0)/status")
        }
    }

    private init(_ path: String) throws {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        fields = Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
            })
    }

    subscript(name: String) -> String { fields[name] ?? "" }

    /// Real, effective, saved and file-system user.
    var users: [Int] { self["Uid"].split(separator: "\t").compactMap { Int($0) } }
    /// Permitted, effective, inheritable, ambient and bounding capabilities, one bit each.
    var capabilities: [UInt64] {
        ["CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd"].map { UInt64(self[$0], radix: 16) ?? .max }
    }
    var hasNoNewPrivileges: Bool { self["NoNewPrivs"] == "1" }
    /// Whether system calls are filtered.
    var isFiltered: Bool { self["Seccomp"] == "2" }

    static let packetSockets: UInt64 = 1 << 13
}
