import Foundation
import TestSupport
import Traffic

/// A temporary folder of one test. Removed when the value is destroyed.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("holdfast-live-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A file system in memory with a size limit. Unmounted when the value is destroyed.
struct Tmpfs: ~Copyable {
    let path: String

    init(_ path: String, size: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Command.check("mount", ["-t", "tmpfs", "-o", "size=\(size),mode=0750", "holdfast-test", path])
        self.path = path
    }

    deinit { _ = try? Command.run("umount", ["--lazy", path]) }

    /// Whether this process can mount one.
    static func isPossible() throws -> Bool {
        let folder = try TemporaryFolder()
        _ = try Tmpfs(folder.path + "/probe", size: "64k")
        return true
    }
}
