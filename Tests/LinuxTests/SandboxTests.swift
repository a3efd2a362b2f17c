import Foundation
import Linux
import SystemPackage
import Testing

/// Runs inside the sandbox, each test in a process of its own, because a process cannot leave its sandbox.
@Suite(.enabled(if: hasLandlock(), "this kernel has no Landlock"))
struct SandboxTests {
    @Test("Inside the sandbox only allowed files can be read or changed, and open files stay open")
    func walls() async throws {
        reapChildren()
        await #expect(processExitsWith: .success) {
            let base = FileManager.default.temporaryDirectory.path + "/holdfast-sandbox-\(getpid())"
            for name in ["own", "read", "other"] {
                try FileManager.default.createDirectory(atPath: "\(base)/\(name)", withIntermediateDirectories: true)
                try "text".write(toFile: "\(base)/\(name)/file", atomically: false, encoding: .utf8)
            }
            defer { try? FileManager.default.removeItem(atPath: base) }
            let kept = try FileDescriptor.open(FilePath(base + "/other/file"), .readWrite)
            try Privileges.keepOnlyPacketSockets()
            var sandbox = try Sandbox()
            try sandbox?.allowChanging(below: base + "/own")
            try sandbox?.allowReading(base + "/read")
            try sandbox?.allowReading(base + "/nowhere")
            try sandbox.take()?.close()

            try kept.writeAll("x".utf8)
            let allowed = [
                opening(base + "/own/file", O_RDWR), opening(base + "/own/new", O_RDWR | O_CREAT | O_EXCL),
                unsafe reason(mkdir(base + "/own/folder", 0o700)),
                unsafe reason(rename(base + "/own/new", base + "/own/newer")),
                unsafe reason(unlink(base + "/own/newer")), opening(base + "/read/file", O_RDONLY),
            ]
            precondition(allowed.allSatisfy { $0 == 0 }, "\(allowed)")
            let forbidden = [
                opening(base + "/read/file", O_RDWR), opening(base + "/read/new", O_RDWR | O_CREAT),
                opening(base + "/other/file", O_RDONLY), opening("/etc/passwd", O_RDONLY),
                unsafe reason(unlink(base + "/other/file")), unsafe reason(mkdir(base + "/new", 0o700)),
                unsafe reason(symlink("/etc", base + "/own/link")),
                unsafe reason(mknod(base + "/own/pipe", S_IFIFO | 0o600, 0)),
                unsafe reason(execv("/bin/true", [nil])),
            ]
            precondition(forbidden.allSatisfy { $0 == EACCES }, "\(forbidden)")
        }
    }

    @Test("Dropped privileges cannot be regained", .enabled(if: geteuid() == 0, "needs root"))
    func rights() async throws {
        reapChildren()
        await #expect(processExitsWith: .success) {
            try Privileges.become(#require(User(named: "nobody")))
            precondition(geteuid() == 65534 && getuid() == 65534)
            try Privileges.keepOnlyPacketSockets()
            precondition(Privileges.canOpenPacketSockets)
            precondition(setuid(0) == -1 && setgid(0) == -1)
            precondition(opening("/etc/shadow", O_RDONLY) == EACCES)
            precondition(unsafe reason(chown("/tmp", 65534, 65534)) == EPERM)
            precondition(socket(AF_PACKET, CInt(SOCK_RAW.rawValue), 0) >= 0)
        }
    }
}

/// `errno` after a call that failed, 0 after one that succeeded.
private func reason(_ result: CInt) -> CInt { result >= 0 ? 0 : errno }

private func opening(_ path: String, _ flags: CInt) -> CInt { unsafe reason(open(path, flags, 0o600)) }

private func hasLandlock() -> Bool { (try? Sandbox()) != nil }
