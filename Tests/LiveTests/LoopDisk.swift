import Foundation
import TestSupport
import Traffic

/// A small file system in a file, mounted on a folder.
///
/// It is thawed and unmounted when the value is destroyed. See fsfreeze(8).
struct LoopDisk: ~Copyable {
    let path: String
    /// Thaws the file system if this process ends early, because a frozen one cannot be written or unmounted.
    private var guardian: ChildProcess?

    /// `size` has the syntax of truncate(1), `type` that of mkfs(8).
    init(_ path: String, size: String, type: String = "ext4") throws {
        let image = path + ".image"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Command.check("truncate", ["-s", size, image])
        try Command.check("mkfs.\(type)", ["-q", image])
        try Command.check("mount", ["-o", "loop", image, path])
        self.path = path
    }

    deinit {
        _ = try? Command.run("fsfreeze", ["--unfreeze", path])
        _ = try? Command.run("umount", ["--lazy", path])
    }

    /// Freezes the file system; writes to it block.
    mutating func freeze() throws {
        let thawing = "sleep 60; exec fsfreeze --unfreeze '\(path)'"
        guardian = try ChildProcess("/bin/sh", ["-c", thawing], output: "/dev/null", errors: "/dev/null")
        try Command.check("fsfreeze", ["--freeze", path])
    }

    mutating func thaw() throws {
        try Command.check("fsfreeze", ["--unfreeze", path])
        guardian = nil
    }

    /// Whether this process can create one.
    static func isPossible() throws -> Bool {
        let folder = try TemporaryFolder()
        var disk = try LoopDisk(folder.path + "/probe", size: "16M")
        try disk.freeze()
        try disk.thaw()
        return true
    }
}
