import CTraffic
import Foundation
import Linux
import SystemPackage

/// A mounted file system that never answers, like a network file system whose server is gone: a thread that uses it
/// stays in the kernel, whatever the signal, until the owner is released. See fuse(4).
public final class SilentFileSystem: Sendable {
    public let path: String
    private let stop: WakeupFlag
    private let server: DedicatedThread
    private let requests = Monitor(0)

    /// Mounts it on the directory at `path`, which is created. Needs root.
    public init(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let number = unsafe traffic_mount_silent(path)
        guard number >= 0 else { throw SystemError("mount", path, Errno(rawValue: errno)) }
        self.path = path
        let stop = try WakeupFlag()
        self.stop = stop
        let requests = requests
        server = try DedicatedThread("silence", state: Descriptor(owning: number)) { descriptor in
            // Once the server has read a request, no signal can withdraw it.
            while !stop.isRaised {
                _ = poll([descriptor.number, stop.number, -1], timeout: nil)
                var request = [UInt8](repeating: 0, count: 1 << 17)
                while unsafe read(descriptor.number, &request, request.count) > 0 { requests.update { $0 += 1 } }
            }
        }
    }

    /// Number of unanswered requests.
    public var unanswered: Int { requests.wait(until: 0) { $0 } ?? 0 }

    deinit {
        unsafe traffic_unmount(path)
        stop.raise()
    }

    /// Whether this process can mount such a file system.
    public static func isPossible() -> Bool {
        let path = NSTemporaryDirectory() + "holdfast-silence-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        return (try? SilentFileSystem(path)) != nil
    }
}
