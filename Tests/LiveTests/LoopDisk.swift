import Foundation
import Traffic

/// A small file system of a test's own, in a file, mounted on a folder; gone with its owner, and thawed whatever happens.
/// See fsfreeze(8).
struct LoopDisk: ~Copyable {
    let path: String
    /// Thaws it in the end should this process die meanwhile: nobody could write to it or unmount it.
    private var guardian: ChildProcess?

    /// `size` as truncate(1) takes it; `type` as mkfs(8) does.
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

    /// From here on whoever writes waits.
    mutating func freeze() throws {
        let thawing = "sleep 60; exec fsfreeze --unfreeze '\(path)'"
        guardian = try ChildProcess("/bin/sh", ["-c", thawing], output: "/dev/null", errors: "/dev/null")
        try Command.check("fsfreeze", ["--freeze", path])
    }

    mutating func thaw() throws {
        try Command.check("fsfreeze", ["--unfreeze", path])
        guardian = nil
    }

    /// Whether this process may make one.
    static func isPossible() throws -> Bool {
        let folder = try TemporaryFolder()
        var disk = try LoopDisk(folder.path + "/probe", size: "16M")
        try disk.freeze()
        try disk.thaw()
        return true
    }
}
