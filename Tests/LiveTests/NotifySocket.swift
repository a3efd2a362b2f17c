import CLinux
import Foundation

/// A service manager's ear: what a daemon says to it with sd_notify(3), word for word.
final class NotifySocket {
    /// For the daemon's environment: NOTIFY_SOCKET.
    let address: String
    private let descriptor: CInt
    /// Every line heard so far, the oldest first.
    private(set) var heard: [String] = []

    /// At a path, or with `@` in front, at a name in the abstract namespace.
    init(_ address: String) throws {
        self.address = address
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        var name = Array(address.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: name) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let result = unsafe withUnsafePointer(to: &target) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// Listens for a while, or until `condition` holds of what was heard.
    func listen(for seconds: Double = 20, until condition: ([String]) -> Bool) {
        let end = Date(timeIntervalSinceNow: seconds)
        while true {
            var bytes = [UInt8](repeating: 0, count: 8192)
            let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
            if count > 0 {
                heard += String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
            } else if condition(heard) || Date() > end {
                return
            } else {
                pause(0.01)
            }
        }
    }

    /// Waits for a line that begins so, after the first `skipping` lines; nil when none came.
    func line(_ beginning: String, skipping count: Int = 0, within seconds: Double = 20) -> String? {
        let find = { (lines: [String]) in lines.dropFirst(count).first { $0.hasPrefix(beginning) } }
        listen(for: seconds) { find($0) != nil }
        return find(heard)
    }
}
