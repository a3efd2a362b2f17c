import CLinux
import Glibc

/// Unix sockets of other processes.
package enum UnixSocket {
    /// Whether a process listens at `path`; an ended process may have left the file. See connect(2).
    package static func isServed(_ path: String) -> Bool {
        var address = sockaddr_un()
        guard path.utf8.count <= ListeningSocket.longestPath else { return false }
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, kind, 0)
        guard number >= 0 else { return false }
        let probe = Descriptor(owning: number)
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in unsafe bytes.copyBytes(from: path.utf8) }
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(probe.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // EAGAIN: the queue of connections is full.
        return status == 0 || errno == EAGAIN
    }
}
