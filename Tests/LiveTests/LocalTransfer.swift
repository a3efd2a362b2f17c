import CLinux
import Glibc
import Linux
import SystemPackage

/// Transfers bytes over 127.0.0.1, from this process to itself.
enum LocalTransfer {
    /// Sends `stream` through a TCP connection and waits until the other end has read it. Returns the port.
    static func run(_ stream: [UInt8]) throws -> UInt16 {
        let listener = try open(SOCK_STREAM)
        var address = loopback(port: 0)
        try call { bind(listener.number, address) }
        guard listen(listener.number, 1) == 0 else { throw Errno(rawValue: errno) }
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe _ = getsockname(listener.number, address, &size)
            }
        }
        let sender = try open(SOCK_STREAM)
        try call { connect(sender.number, address) }
        let receiver = Descriptor(owning: accept(listener.number, nil, nil))
        let writer = try DedicatedThread("send", state: sender) { sender in
            var rest = stream[...]
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe send(sender.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var received = 0
        while received < stream.count {
            let count = unsafe recv(receiver.number, &buffer, buffer.count, 0)
            guard count > 0 else { throw Errno(rawValue: errno) }
            received += count
        }
        writer.join()
        return UInt16(bigEndian: address.sin_port)
    }

    /// Sends one UDP datagram to a port of this host.
    static func datagram(_ bytes: [UInt8], to port: UInt16) throws {
        let socket = try open(SOCK_DGRAM)
        try call { connect(socket.number, loopback(port: port)) }
        guard unsafe send(socket.number, bytes, bytes.count, 0) == bytes.count else { throw Errno(rawValue: errno) }
    }

    private static func open(_ type: __socket_type) throws -> Descriptor {
        let number = socket(AF_INET, CInt(type.rawValue), 0)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        return Descriptor(owning: number)
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func bind(_ socket: CInt, _ address: sockaddr_in) -> CInt {
        unsafe with(address) { unsafe Glibc.bind(socket, $0, $1) }
    }

    private static func connect(_ socket: CInt, _ address: sockaddr_in) -> CInt {
        unsafe with(address) { unsafe Glibc.connect(socket, $0, $1) }
    }

    private static func with(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe body(address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func call(_ body: () -> CInt) throws {
        guard body() == 0 else { throw Errno(rawValue: errno) }
    }
}
