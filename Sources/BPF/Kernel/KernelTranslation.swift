/// An estimate of the size of a program in the kernel, which translates classic BPF to eBPF and charges the socket
/// for the translation.
///
/// The estimate follows Linux 6.1 (net/core/filter.c: bpf_convert_filter, sk_filter_charge). Other kernels may
/// differ; ``Program/checkWithKernel()`` asks the running one.
public struct KernelTranslation: Equatable, Sendable {
    /// The number of eBPF instructions, of 8 bytes each.
    public let count: Int

    /// The charge to the socket, in bytes.
    public var bytes: Int { KernelTranslation.header + 8 * count }

    /// The size of struct bpf_prog without its instructions.
    private static let header = 72

    /// Estimates the translation of a program.
    public init(of program: VerifiedProgram) {
        let loadsFromPacket = program.operations.contains(where: \.loadsFromPacket)
        // Clearing A and X and saving the context; for packet loads, also the packet's data pointer and length.
        count = 3 + (loadsFromPacket ? 4 : 0) + program.operations.reduce(0) { $0 + $1.translatedCount }
    }

    /// A warning if the program would not fit; nil if it fits.
    ///
    /// `limit` is net.core.optmem_max, in bytes: 131072 since Linux 6.5, 20480 before.
    public func warning(limit: Int) -> Warning? { bytes < limit ? nil : Warning(bytes: bytes, limit: limit) }

    /// A translation may be too large. The description is a sentence with both sizes, in bytes.
    public struct Warning: Equatable, Sendable, CustomStringConvertible {
        /// The estimated charge to the socket, in bytes.
        public let bytes: Int
        /// The value of net.core.optmem_max, in bytes.
        public let limit: Int

        public var description: String {
            "the kernel may refuse this program: translated, it takes about \(bytes) bytes, "
                + "but net.core.optmem_max limits a socket to less than \(limit)"
        }
    }
}

extension Operation {
    fileprivate var loadsFromPacket: Bool {
        switch self {
        case .loadPacket, .loadPacketIndexed, .loadHeaderLength: true
        default: false
        }
    }

    /// The number of eBPF instructions for this operation. A load first tries the packet's linear part, then calls a
    /// helper.
    fileprivate var translatedCount: Int {
        switch self {
        case .loadPacket(let size, let k): Operation.loadCount(size, k)
        // The 64-bit sum of X and k, the call with its three other arguments, the test of its result, and the exit.
        case .loadPacketIndexed(_, let k): 8 + (k == 0 ? 0 : 1)
        case .loadHeaderLength(let k): Operation.loadCount(.byte, k) + 6
        case .loadExtension(let name, _):
            switch name {
            case .nla, .nlan, .cpu, .random, .payloadOffset, .ifidx, .hatype: 4
            case .vlanPresent: 3
            case .proto, .type, .vlanTPID: 2
            case .mark, .queue, .rxhash, .vlanTCI, .xorX: 1
            }
        case .arithmetic(.divide, .x), .arithmetic(.modulo, .x): 5  // returns 0 if X is 0
        case .branch(let name, let operand, let jt, let jf):
            Operation.branchCount(name, operand, jt, jf)
        case .returnConstant: 2
        // A kernel program has a comparison tree in its place.
        case .lookUp: 0
        default: 1
        }
    }

    private static func loadCount(_ size: Size, _ k: UInt32) -> Int {
        let slow = 8
        guard k < 0x8000_0000 else { return slow }
        return slow + 4 + (k == 0 ? 0 : 1) + (size == .byte ? 0 : 1) + (k > 0x7fff ? 2 : 0)
    }

    private static func branchCount(_ name: Comparison, _ operand: Operand, _ jt: UInt8, _ jf: UInt8) -> Int {
        // eBPF constants are signed, so a large constant needs a register.
        let constant = if case .k(0x8000_0000...) = operand { 1 } else { 0 }
        let isOneJump = jf == 0 || (jt == 0 && name != .anyBit)
        return constant + (isOneJump ? 1 : 2)
    }
}
