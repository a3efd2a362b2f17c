import CLinux
import Foundation
import TestSupport

/// The socket of a service manager, which records the daemon's sd_notify(3) messages.
final class NotifySocket {
    /// The value of NOTIFY_SOCKET for the daemon.
    let address: String
    private let descriptor: CInt
    /// Every line so far, oldest first.
    private(set) var heard: [String] = []

    /// Binds to a path, or with `@` as the first character, to a name in the abstract namespace.
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

    /// Receives messages for a while, or until `condition` holds for all lines so far.
    func listen(for seconds: Double = 20, until condition: ([String]) -> Bool) {
        try? eventually("the service manager's messages", within: seconds) {
            var bytes = [UInt8](repeating: 0, count: 8192)
            while case let count = unsafe recv(descriptor, &bytes, bytes.count, 0), count > 0 {
                heard += String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
            }
            return condition(heard)
        }
    }

    /// Waits for a line that begins with `beginning`, after the first `count` lines; nil if none arrives.
    func line(_ beginning: String, skipping count: Int = 0, within seconds: Double = 20) -> String? {
        let find = { (lines: [String]) in lines.dropFirst(count).first { $0.hasPrefix(beginning) } }
        listen(for: seconds) { find($0) != nil }
        return find(heard)
    }
}
