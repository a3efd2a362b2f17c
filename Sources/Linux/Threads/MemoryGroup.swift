/// The limit of memory of this process's control group, which the kernel enforces by killing processes of the group.
///
/// Supports both versions of control groups. See cgroups(7); the kernel's Documentation/admin-guide/cgroup-v2.rst,
/// "Memory Interface Files", and cgroup-v1/memory.rst.
struct MemoryGroup {
    /// The directory of the process's group, and those of its ancestors.
    private let directories: [String]
    private let files: Files

    /// The names of a version.
    private struct Files {
        let (limit, usage): (String, String)
        /// The fields of `memory.stat` with the file cache, which the kernel reclaims before it kills.
        let cache: [String]
    }

    private static let second = Files(
        limit: "memory.max", usage: "memory.current", cache: ["active_file", "inactive_file"])
    private static let first = Files(
        limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
        cache: ["total_active_file", "total_inactive_file"])

    /// The group of this process. `membership` has its lines HIERARCHY:CONTROLLERS:PATH, and `root` is where control
    /// groups are mounted. Nil if no hierarchy limits memory.
    init?(membership: String = "/proc/self/cgroup", root: String = "/sys/fs/cgroup") {
        let lines = Host.firstLines(of: membership).map { $0.split(separator: ":", omittingEmptySubsequences: false) }
        if let line = lines.first(where: { $0.count == 3 && $0[1].split(separator: ",").contains("memory") }) {
            (files, directories) = (MemoryGroup.first, MemoryGroup.directories(of: line[2], below: root + "/memory"))
        } else if let line = lines.first(where: { $0.count == 3 && $0[0] == "0" }) {
            (files, directories) = (MemoryGroup.second, MemoryGroup.directories(of: line[2], below: root))
        } else {
            return nil
        }
    }

    /// The directory of the group at `path` and all above it. In a container the mount may show the group as its root,
    /// and no directory of that path.
    private static func directories(of path: Substring, below mount: String) -> [String] {
        var names = path.split(separator: "/")
        var directories: [String] = []
        while !names.isEmpty {
            directories.append(mount + "/" + names.joined(separator: "/"))
            names.removeLast()
        }
        return directories + [mount]
    }

    /// Bytes that the process can use more before the kernel kills; nil if there is no limit.
    var available: Int? {
        directories.compactMap { directory in
            guard let limit = number(directory, files.limit), let usage = number(directory, files.usage) else {
                return nil
            }
            let lines = Host.firstLines(of: directory + "/memory.stat").map { $0.split(separator: " ") }
            let cache = lines.filter { $0.count == 2 && files.cache.contains(String($0[0])) }
                .reduce(0) { $0 + (Int($1[1]) ?? 0) }
            return limit - max(0, usage - cache)
        }.min()
    }

    /// The number in a file; nil for `max` and if there is no such file.
    private func number(_ directory: String, _ file: String) -> Int? {
        Host.firstLines(of: directory + "/" + file).first.flatMap { Int($0) }
    }
}
