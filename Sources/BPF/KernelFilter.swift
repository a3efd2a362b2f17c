import CLinux
import Glibc
import SystemPackage

/// Why a filter cannot be used: a sentence, with libpcap's or the kernel's reason in it.
public struct FilterError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Program {
    /// Puts the program on a socket; the kernel then asks it about every packet before anything is copied. One that is
    /// there already is replaced at once, and stays if this one is refused. See socket(7), SO_ATTACH_FILTER.
    ///
    /// Throws the kernel's refusal. The kernel charges the socket for both programs while it replaces one: together they must
    /// stay below net.core.optmem_max, though each of them does.
    public func attach(to socket: CInt) throws(FilterError) {
        guard instructions.count <= Program.maximumLength else {
            throw FilterError(
                "the filter has \(instructions.count) instructions, but the kernel takes \(Program.maximumLength) at most"
            )
        }
        var code = instructions.map { sock_filter(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k) }
        let failure = unsafe code.withUnsafeMutableBufferPointer { (buffer) -> CInt in
            var program = unsafe sock_fprog(len: UInt16(buffer.count), filter: buffer.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            let result = unsafe setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, size)
            return result == 0 ? 0 : errno
        }
        guard failure == 0 else { throw refusal(Errno(rawValue: failure)) }
    }

    /// Asks the running kernel whether it would take this program, on a socket that no packet reaches and that has no program
    /// yet; throws its refusal. Needs no privilege.
    public func checkWithKernel() throws(FilterError) {
        var pair: [2 of CInt] = [-1, -1]
        let made = unsafe withUnsafeMutableBytes(of: &pair) { bytes in
            unsafe socketpair(
                AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0, bytes.assumingMemoryBound(to: CInt.self).baseAddress)
        }
        guard made == 0 else { throw FilterError("cannot ask the kernel about the filter: \(Errno(rawValue: errno))") }
        defer {
            _ = close(pair[0])
            _ = close(pair[1])
        }
        try attach(to: pair[0])
    }

    private func refusal(_ errno: Errno) -> FilterError {
        let length = instructions.count
        switch errno {
        case .noMemory:
            return FilterError(
                "the filter's \(length) instructions, translated, need more memory than net.core.optmem_max allows a socket "
                    + "(raise it with sysctl, or shorten the filter)")
        case .invalidArgument where instructions.contains(where: \.jumpsBack):
            return FilterError("the kernel takes no filter that jumps back, which 'protochain' makes of a loop")
        case .invalidArgument:
            return FilterError("the kernel refuses the filter of \(length) instructions as not valid for a socket")
        default:
            return FilterError("the kernel refuses the filter of \(length) instructions: \(errno)")
        }
    }
}
