import CLinux
import Glibc
import SystemPackage

/// A listening socket. `deinit` closes it, and removes the file of a Unix socket.
package struct ListeningSocket: ~Copyable, Sendable {
    private let descriptor: Descriptor
    /// The file, if it is a Unix socket.
    private let file: SocketFile?
    /// Whether this host has the address now. If not, the socket accepts connections once the host has it.
    package let isAddressThere: Bool

    /// The longest path a Unix socket can have, in bytes.
    package static let longestPath = 107

    /// Listens at `path`. Every process can connect; `Peer` identifies it. Replaces a socket file at which no process
    /// listens; throws if a process does, or if the path is another kind of file. Creates the directory if it is
    /// missing. See unix(7).
    package init(path: String) throws(SystemError) {
        try SocketFile.makeFolder(of: path)
        try SocketFile.removeStale(path)
        let opened = try ListeningSocket.open(AF_UNIX, path)
        var address = sockaddr_un()
        try address.set(path)
        try ListeningSocket.bind(opened, to: &address, called: path)
        let made = try SocketFile(path)
        try systemCall("set the mode of", path) { unsafe chmod(path, 0o666) }
        try ListeningSocket.listen(opened, path)
        descriptor = opened
        file = consume made
        isAddressThere = true
    }

    /// Listens on TCP at an address of this host. If the host does not have the address yet, as at boot, connections
    /// arrive once it has. See ip(7), IP_FREEBIND; ipv6(7).
    package init(_ address: NumericAddress) throws(SystemError) {
        let opened = try ListeningSocket.open(address.isIPv6 ? AF_INET6 : AF_INET, "\(address)")
        var yes: CInt = 1
        // A restart must not wait until the kernel forgets the connections of the previous process.
        unsafe _ = setsockopt(opened.number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        var isThere = true
        do {
            try ListeningSocket.bind(opened, to: address)
        } catch {
            guard error.errno == .addressNotAvailable else { throw error }
            isThere = false
            let level = CInt(address.isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP)
            let option = address.isIPv6 ? CInt(holdfast_ipv6_freebind) : CInt(IP_FREEBIND)
            unsafe _ = setsockopt(opened.number, level, option, &yes, socklen_t(MemoryLayout<CInt>.size))
            try ListeningSocket.bind(opened, to: address)
        }
        try ListeningSocket.listen(opened, "\(address)")
        descriptor = opened
        file = nil
        isAddressThere = isThere
    }

    /// Whether the path of a Unix socket still leads to this socket.
    package var isThere: Bool {
        switch file {
        case .some(let file): file.isThere
        case nil: true
        }
    }

    private static func bind(
        _ socket: borrowing Descriptor, to address: NumericAddress
    ) throws(SystemError) {
        if address.isIPv6 {
            var inet = address.inet6
            try bind(socket, to: &inet, called: "\(address)")
        } else {
            var inet = address.inet
            try bind(socket, to: &inet, called: "\(address)")
        }
    }

    /// A second descriptor of the socket, for a caller that closes it. See fcntl(2), F_DUPFD_CLOEXEC.
    package func duplicate() throws(SystemError) -> CInt {
        try systemCall("duplicate", "a socket") { fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0) }
    }

    private static func open(_ family: CInt, _ name: String) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try systemCall("open a socket for", name) {
                socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            })
    }

    private static func bind<Address>(
        _ socket: borrowing Descriptor, to address: inout Address, called name: String
    ) throws(SystemError) {
        let size = socklen_t(MemoryLayout<Address>.size)
        try systemCall("listen on", name) {
            unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.bind(socket.number, $0, size)
                }
            }
        }
    }

    private static func listen(_ socket: borrowing Descriptor, _ name: String) throws(SystemError) {
        try systemCall("listen on", name) { Glibc.listen(socket.number, 128) }
    }
}

/// The file of a Unix socket. `deinit` removes it, unless another file has replaced it.
struct SocketFile: ~Copyable, Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    init(_ path: String) throws(SystemError) {
        var status = stat()
        try systemCall("stat", path) { unsafe lstat(path, &status) }
        (self.path, device, inode) = (path, status.st_dev, status.st_ino)
    }

    deinit { if isThere { unsafe _ = unlink(path) } }

    /// Whether the path still leads to this file.
    var isThere: Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
    }

    /// Creates the directory of `path` if it is missing, with access for every process (mode 0755).
    static func makeFolder(of path: String) throws(SystemError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        guard unsafe !folder.isEmpty && access(folder, F_OK) != 0 else { return }
        try systemCall("create the directory", folder) { unsafe mkdir(folder, 0o755) }
        // Restores the bits that the umask removed.
        try systemCall("set the mode of", folder) { unsafe chmod(folder, 0o755) }
    }

    /// Whether the listening process was killed, and only a thread that is blocked on a disk keeps its socket, so
    /// that it will never accept. See proc(5), /proc/PID/stat; unix(7), SO_PEERCRED.
    private static func hasEnded(atTheOtherEndOf socket: borrowing Descriptor) -> Bool {
        // struct ucred: process, user, group.
        var peer: [3 of Int32] = [0, 0, 0]
        var size = socklen_t(MemoryLayout.size(ofValue: peer))
        let result = unsafe withUnsafeMutableBytes(of: &peer) {
            unsafe getsockopt(socket.number, SOL_SOCKET, SO_PEERCRED, $0.baseAddress, &size)
        }
        guard result == 0, peer[0] > 0 else { return false }
        return Host.isEnded(process: peer[0])
    }

    /// Removes a socket file that an ended process left. See connect(2), ECONNREFUSED.
    static func removeStale(_ path: String) throws(SystemError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SystemError(
                "listen on", path, .fileExists, advice: "it is not a socket: remove it, or configure another path")
        }
        let probe = Descriptor(
            owning: try systemCall("open a socket for", path) {
                socket(
                    AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
            })
        var address = sockaddr_un()
        try address.set(path)
        do throws(Errno) {
            try systemCall {
                unsafe withUnsafePointer(to: &address) {
                    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe connect(probe.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                    }
                }
            }
        } catch .connectionRefused {
            try systemCall("remove the socket", path) { unsafe unlink(path) }
            return
        } catch .noSuchFileOrDirectory {
            return
        } catch .resourceTemporarilyUnavailable {
            // A process listens but does not accept.
        } catch {
            throw SystemError("listen on", path, error, advice: "the socket exists, and connecting to it fails")
        }
        if hasEnded(atTheOtherEndOf: probe) {
            try systemCall("remove the socket", path) { unsafe unlink(path) }
            return
        }
        throw SystemError("listen on", path, .addressInUse, advice: "another process listens on it")
    }
}

extension sockaddr_un {
    fileprivate mutating func set(_ path: String) throws(SystemError) {
        guard path.utf8.count <= ListeningSocket.longestPath else {
            throw SystemError("listen on", path, .fileNameTooLong)
        }
        sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &sun_path) { bytes in unsafe bytes.copyBytes(from: path.utf8) }
    }
}
