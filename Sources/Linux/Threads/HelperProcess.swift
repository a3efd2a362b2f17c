import CLinux
import Glibc
import SystemPackage

/// Another process of a program, at the other end of a socket pair; killed when its owner lets go, and waited for
/// for a moment at most.
///
/// It does what may hang for ever in the kernel: a thread in uninterruptible sleep keeps its whole process from ending. It has no
/// descriptor of this process but standard output and error, and the rights of the thread that makes it. See posix_spawn(3).
public struct HelperProcess: ~Copyable, Sendable {
    /// Its number.
    public let id: Int32
    private let socket: Descriptor

    /// Starts the program at `path` with one argument.
    public init(_ path: String, argument: String) throws(SystemError) {
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
        // It is gone in a moment, unless a disk holds it: then it is left behind.
        for _ in 0..<50 where !HelperProcess.reap(id) { _ = usleep(1000) }
    }

    /// What `poll` watches: readable when it has said something, or has ended.
    public var number: CInt { socket.number }

    /// Takes over what it has said; nil when there is nothing now, empty when it has ended or closed its end.
    public func read() -> [UInt8]? {
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
            count = unsafe recv(socket.number, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
            filled = max(count, 0)
        }
        if count < 0 { return [EAGAIN, EINTR].contains(errno) ? nil : [] }
        return bytes
    }

    /// Says as much of `bytes` as it takes now; returns how much that is.
    public func write(_ bytes: ArraySlice<UInt8>) -> Int {
        let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        return unsafe max(0, bytes.withUnsafeBytes { unsafe send(socket.number, $0.baseAddress, $0.count, flags) })
    }

    /// Whether a process that was started here is gone for good; never waits. See waitpid(2), WNOHANG.
    public static func reap(_ id: Int32) -> Bool { waitpid(id, nil, WNOHANG) != 0 }
}

extension HelperProcess {
    /// In the helper process: the one that started it, at the other end of standard input.
    public enum Parent {
        /// Waits for what it says; nil when it is gone.
        public static func read() -> [UInt8]? {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = max(0, (try? systemCall { unsafe recv(0, buffer.baseAddress, buffer.count, 0) }) ?? 0)
            }
            return bytes.isEmpty ? nil : bytes
        }

        /// Says all of `bytes` to it; false when it is gone.
        public static func write(_ bytes: [UInt8]) -> Bool {
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
