/// An estimate of what the kernel makes of a program: classic programs are translated to eBPF, and the translation's size is
/// what a socket is charged for (Linux 6.1, net/core/filter.c: bpf_convert_filter, sk_filter_charge).
///
/// A kernel may do otherwise; `Program.checkWithKernel()` asks the running one.
public struct KernelTranslation: Equatable, Sendable {
    /// eBPF instructions, of 8 bytes each.
    public let count: Int

    /// What the socket is charged, in bytes.
    public var bytes: Int { KernelTranslation.header + 8 * count }

    /// struct bpf_prog without its instructions.
    private static let header = 72

    /// The translation of a program.
    public init(of program: VerifiedProgram) {
        let loadsFromPacket = program.operations.contains(where: \.loadsFromPacket)
        // Clearing A and X and keeping the context; where the packet is read, also its data and length.
        count = 3 + (loadsFromPacket ? 4 : 0) + program.operations.reduce(0) { $0 + $1.translatedCount }
    }

    /// What to tell about a program that would not fit; nil when it fits.
    ///
    /// `limit` is net.core.optmem_max, in bytes: 131072 since Linux 6.5, 20480 before.
    public func warning(limit: Int) -> Warning? { bytes < limit ? nil : Warning(bytes: bytes, limit: limit) }

    /// That a translation may be too large; as text, a sentence with both numbers, which are in bytes.
    public struct Warning: Equatable, Sendable, CustomStringConvertible {
        public let bytes: Int
        public let limit: Int

        public var description: String {
            "the kernel may refuse this program: translated it takes about \(bytes) bytes, "
                + "but net.core.optmem_max allows a socket less than \(limit)"
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

    /// How many eBPF instructions this becomes. Loads first try to read the packet's linear part, then call a helper.
    fileprivate var translatedCount: Int {
        switch self {
        case .loadPacket(let size, let k): Operation.loadCount(size, k)
        // 64-bit sum of X and k, the call with its three other arguments, the test of its result and the way out
        case .loadPacketIndexed(_, let k): 8 + (k == 0 ? 0 : 1)
        case .loadHeaderLength(let k): Operation.loadCount(.byte, k) + 6
        case .loadExtension(let name, _):
            switch name {
            case .nla, .nlan, .cpu, .random, .payloadOffset, .ifidx, .hatype: 4
            case .vlanPresent: 3
            case .proto, .type, .vlanTPID: 2
            case .mark, .queue, .rxhash, .vlanTCI, .xorX: 1
            }
        case .arithmetic(.divide, .x), .arithmetic(.modulo, .x): 5  // an X of 0 returns 0
        case .branch(let name, let operand, let jt, let jf):
            Operation.branchCount(name, operand, jt, jf)
        case .returnConstant: 2
        // A kernel's program has trees of comparisons in its place.
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
        // eBPF has signed constants, so that a large one goes through a register.
        let constant = if case .k(0x8000_0000...) = operand { 1 } else { 0 }
        let isOneJump = jf == 0 || (jt == 0 && name != .anyBit)
        return constant + (isOneJump ? 1 : 2)
    }
}
