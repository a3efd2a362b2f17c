/// What an instruction means: the paper's table 1, the opcodes that Linux added to it, and `unknown` for the rest.
///
/// Offsets of jumps count from the next instruction, as in the machine. All arithmetic is unsigned and modulo 2^32.
public enum Operation: Equatable, Hashable, Sendable {
    /// `ld #k`, `ldx #k`
    case loadConstant(Register, UInt32)
    /// `ld #len`, `ldx #len`: the packet's length on the wire, which may be more than what was captured of it.
    case loadLength(Register)
    /// `ld M[k]`, `ldx M[k]`
    case loadScratch(Register, UInt32)
    /// `ld [k]`, `ldh [k]`, `ldb [k]`: A <- packet[k]
    case loadPacket(Size, UInt32)
    /// `ld [x+k]`, `ldh [x+k]`, `ldb [x+k]`: A <- packet[X+k]
    case loadPacketIndexed(Size, UInt32)
    /// `ldx 4*([k]&0xf)`: X <- the length of the IPv4 header that starts at k
    case loadHeaderLength(UInt32)
    /// `ld #proto` and the like: A <- what Linux knows about the packet (`xor_x`: A <- A ^ X). The size has no effect.
    case loadExtension(Extension, Size)
    /// A <- 2 if the address at packet[k], or at packet[X+k], is in one of the program's lists, and 1 if not. Drops the packet
    /// where it ends before that is known. Not for the kernel, which has no such operation: see `KernelUnion`.
    case lookUp(AddressFamily, list: UInt16, at: UInt32, fromX: Bool)
    /// `st M[k]`, `stx M[k]`
    case store(Register, UInt32)
    /// `add #k`, `add x`, ...: A <- A op operand
    case arithmetic(Arithmetic, Operand)
    /// `neg`: A <- -A
    case negate
    /// `ja L`
    case jump(UInt32)
    /// `jeq #k, Lt, Lf`, `jeq x, Lt, Lf`, ...
    case branch(Comparison, Operand, jt: UInt8, jf: UInt8)
    /// `tax` (to X), `txa` (to A)
    case transfer(to: Register)
    /// `ret #k`
    case returnConstant(UInt32)
    /// `ret a`
    case returnAccumulator
    /// Nothing that any machine executes (`ret x` included, which assemblers know and kernels refuse).
    case unknown(Instruction)
}

/// The two registers.
public enum Register: Equatable, Hashable, Sendable {
    case a, x
}

/// How much a packet load takes: BPF_SIZE of the opcode.
public enum Size: UInt16, Equatable, Hashable, Sendable, CaseIterable {
    case word = 0x00
    case half = 0x08
    case byte = 0x10

    /// In bytes.
    public var bytes: UInt32 {
        switch self {
        case .word: 4
        case .half: 2
        case .byte: 1
        }
    }
}

/// What stands on the right of an arithmetic operation or a comparison: the instruction's constant, or X.
public enum Operand: Equatable, Hashable, Sendable {
    case k(UInt32)
    case x
}

/// The binary operations: BPF_OP of the opcode. `modulo` and `xor` came with Linux 3.7; the rest is from 1993.
public enum Arithmetic: UInt16, Equatable, Hashable, Sendable, CaseIterable {
    case add = 0x00
    case subtract = 0x10
    case multiply = 0x20
    case divide = 0x30
    case or = 0x40
    case and = 0x50
    case shiftLeft = 0x60
    case shiftRight = 0x70
    case modulo = 0x90
    case xor = 0xa0
}

/// The comparisons of A with an operand: BPF_OP of the opcode.
public enum Comparison: UInt16, Equatable, Hashable, Sendable, CaseIterable {
    case equal = 0x10
    case greater = 0x20
    case greaterOrEqual = 0x30
    /// `jset`: whether any bit is set in both.
    case anyBit = 0x40
}
