import CLinux
import Glibc
import SystemPackage

/// A filter cannot be used. The description is a sentence with libpcap's or the kernel's reason.
public struct FilterError: Error, Equatable, CustomStringConvertible {
    /// The reason, as a sentence.
    public let description: String
    /// Whether compiling timed out, which it would do for any kind of packets.
    public var isAboutTime = false

    /// Creates an error with a reason.
    public init(_ description: String) { self.description = description }
}

extension Program {
    /// Attaches the program to a socket; the kernel then runs it on every packet before it copies anything.
    ///
    /// An attached program is replaced atomically, and stays if the kernel refuses this one. See socket(7),
    /// SO_ATTACH_FILTER.
    ///
    /// During a replacement the kernel charges the socket for both programs, which together must stay below
    /// net.core.optmem_max. If they do not fit, `passingAllMeanwhile` permits removing the old program first. Every
    /// packet then passes whole for some microseconds, so the reader of the socket must filter by itself.
    ///
    /// Throws the reason if the kernel refuses the program.
    public func attach(to socket: CInt, passingAllMeanwhile: Bool = false) throws(FilterError) {
        guard instructions.count <= Program.maximumLength else {
            throw FilterError(
                "the filter has \(instructions.count) instructions, more than the kernel's limit of "
                    + "\(Program.maximumLength)")
        }
        guard let error = set(on: socket) else { return }
        guard error == .noMemory, let before = Program(attachedTo: socket) else { throw refusal(error) }
        guard passingAllMeanwhile else { throw refusal(error, beside: before) }
        var detached: CInt = 0
        unsafe _ = setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &detached, socklen_t(MemoryLayout<CInt>.size))
        guard let error = set(on: socket) else { return }
        if let lost = before.set(on: socket) {
            throw FilterError("\(refusal(error)); and the kernel does not accept the previous filter again: \(lost)")
        }
        throw refusal(error)
    }

    /// Reads the program attached to a socket; nil if there is none.
    public init?(attachedTo socket: CInt) {
        // The lengths count instructions, not bytes (net/core/filter.c, sk_get_filter).
        var count: socklen_t = 0
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_GET_FILTER, nil, &count) == 0, count > 0 else { return nil }
        var code = [sock_filter](repeating: sock_filter(), count: Int(count))
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_GET_FILTER, &code, &count) == 0 else { return nil }
        self.init(code.prefix(Int(count)).map { Instruction(opcode: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) })
    }

    /// Attaches the program; returns the kernel's error if it refuses.
    private func set(on socket: CInt) -> Errno? {
        var code = instructions.map { sock_filter(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k) }
        return unsafe code.withUnsafeMutableBufferPointer { buffer in
            var program = unsafe sock_fprog(len: UInt16(buffer.count), filter: buffer.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            let result = unsafe setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, size)
            return result == 0 ? nil : Errno(rawValue: errno)
        }
    }

    /// Checks whether the running kernel accepts this program, on a socket that receives no packets.
    ///
    /// Needs no privilege. Throws the reason if the kernel refuses the program.
    public func checkWithKernel() throws(FilterError) {
        var pair: [2 of CInt] = [-1, -1]
        let made = unsafe withUnsafeMutableBytes(of: &pair) { bytes in
            unsafe socketpair(
                AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0, bytes.assumingMemoryBound(to: CInt.self).baseAddress)
        }
        guard made == 0 else { throw FilterError("cannot test the filter with the kernel: \(Errno(rawValue: errno))") }
        defer {
            _ = close(pair[0])
            _ = close(pair[1])
        }
        try attach(to: pair[0])
    }

    /// The error if this program does not fit beside another one, although it may fit alone.
    private func refusal(_ error: Errno, beside other: Program) -> FilterError {
        guard (try? checkWithKernel()) != nil else { return refusal(error) }
        let sizes = [self, other].compactMap { try? VerifiedProgram($0) }.map { KernelTranslation(of: $0).bytes }
        // An estimate, with a margin of one eighth and rounded up to pages.
        let needed = sizes.reduce(0, +) * 9 / 8
        return FilterError(
            "net.core.optmem_max has room for the new filter, but not beside the old one, which the kernel keeps until "
                + "the new one replaces it: raise it with sysctl to \((needed / 4096 + 1) * 4096)")
    }

    private func refusal(_ error: Errno) -> FilterError {
        let length = instructions.count
        switch error {
        case .noMemory:
            return FilterError(
                "the filter's \(length) instructions, once translated, need more memory than net.core.optmem_max "
                    + "allows per socket (raise it with sysctl, or shorten the filter)")
        case .invalidArgument:
            do throws(VerifierError) {
                _ = try VerifiedProgram(self)
            } catch  where error.reason == .jumpsBack {
                return FilterError("\(error)")
            } catch {
                return FilterError("the kernel refuses the filter: \(error)")
            }
            return FilterError(
                "the kernel refuses the filter: its \(length) instructions are valid, but too large once the kernel "
                    + "has translated them (shorten the filter)")
        default:
            return FilterError("the kernel refuses the filter of \(length) instructions: \(error)")
        }
    }
}
