import CLinux
import Glibc
import SystemPackage

/// A child process behind a socket pair, for calls that may hang in the kernel: a thread in uninterruptible sleep
/// would keep this whole process from ending.
///
/// The child inherits only standard output and error, and the rights of the thread that starts it. `deinit` kills it
/// and waits for it, 50 ms at most. See posix_spawn(3).
package struct HelperProcess: ~Copyable, Sendable {
    /// Its process number.
    package let id: Int32
    private let socket: Descriptor

    /// Starts the program at `path` with one argument.
    package init(_ path: String, argument: String) throws(SystemError) {
        var ends: [2 of CInt] = [-1, -1]
        try systemCall("start", path) {
            unsafe withUnsafeMutableBytes(of: &ends) { bytes in
                let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
                return unsafe socketpair(AF_UNIX, type, 0, bytes.assumingMemoryBound(to: CInt.self).baseAddress)
            }
        }
        let own = Descriptor(owning: ends[0])
        let other = Descriptor(owning: ends[1])
        var id: pid_t = 0
        let failure = unsafe holdfast_spawn(path, argument, other.number, &id)
        guard failure == 0 else { throw SystemError("start", path, Errno(rawValue: failure)) }
        self.id = id
        socket = own
    }

    deinit {
        kill(id, SIGKILL)
        // The process ends within milliseconds, unless a disk blocks it. Then it stays behind.
        for _ in 0..<50 where !HelperProcess.reap(id) { _ = usleep(1000) }
    }

    /// The descriptor for `poll`: readable when the child has sent something or has ended.
    package var number: CInt { socket.number }

    /// Reads what the child has sent: nil if there is nothing now, empty if it has ended or closed its end.
    package func read() -> [UInt8]? {
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
            count = unsafe recv(socket.number, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
            filled = max(count, 0)
        }
        if count < 0 { return [EAGAIN, EINTR].contains(errno) ? nil : [] }
        return bytes
    }

    /// Sends as much of `bytes` as the socket accepts now; returns the number of bytes.
    package func write(_ bytes: ArraySlice<UInt8>) -> Int {
        let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        return unsafe max(0, bytes.withUnsafeBytes { unsafe send(socket.number, $0.baseAddress, $0.count, flags) })
    }

    /// Whether a child of this process has ended for good. Does not wait. See waitpid(2), WNOHANG.
    package static func reap(_ id: Int32) -> Bool { waitpid(id, nil, WNOHANG) != 0 }
}

extension HelperProcess {
    /// In the child: the parent, at the other end of standard input.
    package enum Parent {
        /// Waits for the parent's next bytes; nil if the parent has ended.
        package static func read() -> [UInt8]? {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = max(0, (try? systemCall { unsafe recv(0, buffer.baseAddress, buffer.count, 0) }) ?? 0)
            }
            return bytes.isEmpty ? nil : bytes
        }

        /// Sends all of `bytes` to the parent; returns false if it has ended.
        package static func write(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = try? systemCall {
                    unsafe rest.withUnsafeBytes { unsafe send(0, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                }
                guard let sent else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }
    }
}
