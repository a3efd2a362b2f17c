import CLinux
import Glibc
import SystemPackage

/// A Unix datagram socket that is connected to a local service, such as the service manager or the journal. See
/// unix(7).
package struct DatagramSocket: ~Copyable, Sendable {
    /// A path, or `@` and a name in the abstract namespace.
    package let address: String
    private let descriptor: Descriptor

    package init(to address: String) throws(SystemError) {
        let number = try systemCall("create", "a datagram socket") {
            socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        }
        let opened = Descriptor(owning: number)
        // A receiver must not block this process: a message waits one second at most.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        unsafe _ = setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        // An abstract name begins with a zero byte and ends with the length of the address; see unix(7).
        var name = Array(address.utf8)
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        let room = MemoryLayout.size(ofValue: target.sun_path) - 1
        guard !name.isEmpty, name.count <= room else { throw SystemError("connect to", address, .fileNameTooLong) }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count
        try systemCall("connect to", address) {
            unsafe withUnsafePointer(to: &target) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(number, $0, socklen_t(length))
                }
            }
        }
        self.address = address
        descriptor = opened
    }

    /// Sends one message. Throws EAGAIN if the receiver has no room for it: after one second, or at once unless
    /// `isPatient`. See send(2).
    package func send(_ message: [UInt8], isPatient: Bool = true) throws(SystemError) {
        let flags = CInt(MSG_NOSIGNAL) | (isPatient ? 0 : CInt(MSG_DONTWAIT))
        try systemCall("send a message to", address) {
            unsafe message.withUnsafeBytes {
                unsafe Glibc.send(descriptor.number, $0.baseAddress, $0.count, flags)
            }
        }
    }
}
