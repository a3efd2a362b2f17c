import CLinux
import Glibc
import Linux

/// A client of a Unix socket that can violate every protocol.
struct RawClient: ~Copyable {
    private let descriptor: Descriptor

    /// Nil if the server does not accept the connection.
    init?(_ path: String) {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        descriptor = Descriptor(owning: number)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { return nil }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe _ = setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        unsafe _ = setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    /// Sends bytes. Returns false if the server accepts no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(descriptor.number, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// The next bytes; nil if the server has closed the connection, or sends nothing for 20 seconds.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor.number, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// All bytes until the server closes the connection; nil if it does not close it within 20 seconds.
    func receiveAll() -> [UInt8]? {
        var (received, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while true {
            let count = unsafe recv(descriptor.number, &buffer, buffer.count, 0)
            if count > 0 {
                received += buffer.prefix(count)
            } else {
                return count == 0 || errno == ECONNRESET ? received : nil
            }
        }
    }

    /// Whether the server has closed the connection, even if unread bytes remain.
    var isClosed: Bool {
        var entry = pollfd(fd: descriptor.number, events: 0, revents: 0)
        return unsafe poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLHUP | POLLERR) != 0
    }
}
