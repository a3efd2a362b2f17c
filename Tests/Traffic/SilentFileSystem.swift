import CTraffic
import Foundation
import Linux
import SystemPackage

/// A mounted file system that never answers, like that of a network whose server is gone: a thread that asks for anything on it
/// stays in the kernel, whatever signal comes, until the owner lets go of this. See fuse(4).
public final class SilentFileSystem: Sendable {
    public let path: String
    private let stop: WakeupFlag
    private let server: DedicatedThread
    private let requests = Monitor(0)

    /// Mounts it on the folder at `path`, which is made. Takes root.
    public init(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let number = unsafe traffic_mount_silent(path)
        guard number >= 0 else { throw SystemError("mount", path, Errno(rawValue: errno)) }
        self.path = path
        let stop = try WakeupFlag()
        self.stop = stop
        let requests = requests
        server = try DedicatedThread("silence", state: Descriptor(owning: number)) { descriptor in
            // A request that has been taken cannot be taken back by a signal.
            while !stop.isRaised {
                _ = poll([descriptor.number, stop.number, -1], timeout: nil)
                var request = [UInt8](repeating: 0, count: 1 << 17)
                while unsafe read(descriptor.number, &request, request.count) > 0 { requests.update { $0 += 1 } }
            }
        }
    }

    /// How many requests it has not answered.
    public var unanswered: Int { requests.wait(until: 0) { $0 } ?? 0 }

    deinit {
        unsafe traffic_unmount(path)
        stop.raise()
    }

    /// Whether this process may mount one.
    public static func isPossible() -> Bool {
        let path = NSTemporaryDirectory() + "holdfast-silence-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        return (try? SilentFileSystem(path)) != nil
    }
}
