import CLinux
import Glibc
import SystemPackage

/// Why a filter cannot be used: a sentence, with libpcap's or the kernel's reason in it.
public struct FilterError: Error, Equatable, CustomStringConvertible {
    public let description: String
    /// Whether compiling took too long: for other packets it would, too.
    public var isAboutTime = false

    public init(_ description: String) { self.description = description }
}

extension Program {
    /// Puts the program on a socket; the kernel then asks it about every packet before anything is copied. One that is
    /// there already is replaced at once, and stays if this one is refused. See socket(7), SO_ATTACH_FILTER.
    ///
    /// The kernel charges the socket for both programs while it replaces one: together they must stay below
    /// net.core.optmem_max. Where they do not, and who reads the socket filters by itself meanwhile, the one before can be taken
    /// away first (`passingAllMeanwhile`): for some microseconds every packet passes, whole. Throws the kernel's refusal.
    public func attach(to socket: CInt, passingAllMeanwhile: Bool = false) throws(FilterError) {
        guard instructions.count <= Program.maximumLength else {
            throw FilterError(
                "the filter has \(instructions.count) instructions, but the kernel takes \(Program.maximumLength) at most"
            )
        }
        guard let error = set(on: socket) else { return }
        guard error == .noMemory, let before = Program(attachedTo: socket) else { throw refusal(error) }
        guard passingAllMeanwhile else { throw refusal(error, beside: before) }
        var detached: CInt = 0
        unsafe _ = setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &detached, socklen_t(MemoryLayout<CInt>.size))
        guard let error = set(on: socket) else { return }
        if let lost = before.set(on: socket) {
            throw FilterError("\(refusal(error)); and the filter before cannot be put back: \(lost)")
        }
        throw refusal(error)
    }

    /// The program that is on a socket; nil when there is none.
    public init?(attachedTo socket: CInt) {
        // The lengths are numbers of instructions, not of bytes (net/core/filter.c, sk_get_filter).
        var count: socklen_t = 0
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_GET_FILTER, nil, &count) == 0, count > 0 else { return nil }
        var code = [sock_filter](repeating: sock_filter(), count: Int(count))
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_GET_FILTER, &code, &count) == 0 else { return nil }
        self.init(code.prefix(Int(count)).map { Instruction(opcode: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) })
    }

    /// What the kernel answers, if it does not take the program.
    private func set(on socket: CInt) -> Errno? {
        var code = instructions.map { sock_filter(code: $0.opcode, jt: $0.jt, jf: $0.jf, k: $0.k) }
        return unsafe code.withUnsafeMutableBufferPointer { buffer in
            var program = unsafe sock_fprog(len: UInt16(buffer.count), filter: buffer.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            let result = unsafe setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, size)
            return result == 0 ? nil : Errno(rawValue: errno)
        }
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

    /// Why there is no room for this program beside another one, if it would have some alone.
    private func refusal(_ error: Errno, beside other: Program) -> FilterError {
        guard (try? checkWithKernel()) != nil else { return refusal(error) }
        let sizes = [self, other].compactMap { try? VerifiedProgram($0) }.map { KernelTranslation(of: $0).bytes }
        // An estimate, so with an eighth to spare, and in pages.
        let needed = sizes.reduce(0, +) * 9 / 8
        return FilterError(
            "the kernel's net.core.optmem_max has room for the new filter, but not beside the old one, which it holds until "
                + "the new one is there: raise it with sysctl to \((needed / 4096 + 1) * 4096)")
    }

    private func refusal(_ error: Errno) -> FilterError {
        let length = instructions.count
        switch error {
        case .noMemory:
            return FilterError(
                "the filter's \(length) instructions, translated, need more memory than net.core.optmem_max allows a socket "
                    + "(raise it with sysctl, or shorten the filter)")
        case .invalidArgument:
            do throws(VerifierError) {
                _ = try VerifiedProgram(self)
            } catch  where error.reason == .jumpsBack {
                return FilterError("\(error)")
            } catch {
                return FilterError("the kernel refuses the filter: \(error)")
            }
            return FilterError(
                "the kernel refuses the filter: its \(length) instructions follow the rules, but get too large when it "
                    + "translates them (shorten the filter)")
        default:
            return FilterError("the kernel refuses the filter of \(length) instructions: \(error)")
        }
    }
}
