import CLinux
import Glibc
import SystemPackage

/// The peer process of a Unix socket, as the kernel recorded it at the connection. See unix(7), SO_PEERCRED,
/// SO_PEERGROUPS.
package struct Peer: Equatable, Sendable {
    package let process: Int32
    package let user: UInt32
    /// Its effective group, followed by its supplementary groups.
    package let groups: [UInt32]
    /// The current name of its program in the kernel; nil if the process has ended or is not visible. A process can
    /// change its own name. See proc(5), /proc/PID/comm.
    package let program: String?

    package init(process: Int32, user: UInt32, groups: [UInt32], program: String? = nil) {
        (self.process, self.user, self.groups, self.program) = (process, user, groups, program)
    }

    /// Identifies the peer of a connected Unix socket.
    package init(of socket: CInt) throws(SystemError) {
        var (process, user, group): (Int32, UInt32, UInt32) = (0, 0, 0)
        try systemCall("identify", "the client of a connection") {
            unsafe holdfast_peer(socket, &process, &user, &group)
        }
        (self.process, self.user) = (process, user)
        groups = try [group] + Peer.groups(of: socket)
        program = Peer.program(of: process)
    }

    private static func groups(of socket: CInt) throws(SystemError) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: 64)
        while true {
            var size = socklen_t(groups.count * MemoryLayout<UInt32>.size)
            let result = unsafe getsockopt(socket, SOL_SOCKET, CInt(holdfast_so_peergroups), &groups, &size)
            let count = Int(size) / MemoryLayout<UInt32>.size
            if result == 0 { return Array(groups.prefix(count)) }
            // There are more groups than room; the kernel returned their number.
            guard errno == ERANGE, count > groups.count else {
                throw SystemError("read", "the groups of a client", Errno(rawValue: errno))
            }
            groups = [UInt32](repeating: 0, count: count)
        }
    }

    private static func program(of process: Int32) -> String? {
        guard let file = try? FileDescriptor.open(FilePath("/proc/\(process)/comm"), .readOnly, options: .closeOnExec)
        else { return nil }
        defer { try? file.close() }
        let bytes = try? unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes.map { String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) }
    }
}
