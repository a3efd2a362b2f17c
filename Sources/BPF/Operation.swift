/// The meaning of an instruction: table 1 of the paper, Linux's additions, and `unknown` for everything else.
///
/// Jump offsets count from the next instruction. All arithmetic is unsigned, modulo 2^32.
public enum Operation: Equatable, Hashable, Sendable {
    /// `ld #k`, `ldx #k`
    case loadConstant(Register, UInt32)
    /// `ld #len`, `ldx #len`: the length on the wire, which may exceed the captured length.
    case loadLength(Register)
    /// `ld M[k]`, `ldx M[k]`
    case loadScratch(Register, UInt32)
    /// `ld [k]`, `ldh [k]`, `ldb [k]`: A <- packet[k]
    case loadPacket(Size, UInt32)
    /// `ld [x+k]`, `ldh [x+k]`, `ldb [x+k]`: A <- packet[X+k]
    case loadPacketIndexed(Size, UInt32)
    /// `ldx 4*([k]&0xf)`: X <- the length of the IPv4 header that starts at k
    case loadHeaderLength(UInt32)
    /// `ld #proto` and so on: A <- packet metadata from Linux (`xor_x`: A <- A ^ X). The size has no effect.
    case loadExtension(Extension, Size)
    /// A <- 2 if the address at packet[k] or packet[X+k] is in one of the program's lists, 1 if not.
    ///
    /// Drops the packet if it ends before the result is known. The kernel has no such operation; see `KernelUnion`.
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
    /// An instruction that no machine executes. This includes `ret x`, which assemblers accept and kernels reject.
    case unknown(Instruction)
}

/// The registers of the machine.
public enum Register: Equatable, Hashable, Sendable {
    case a, x
}

/// The size of a packet load: BPF_SIZE of the opcode.
public enum Size: UInt16, Equatable, Hashable, Sendable, CaseIterable {
    /// `ld`: 32 bits.
    case word = 0x00
    /// `ldh`: 16 bits.
    case half = 0x08
    /// `ldb`: 8 bits.
    case byte = 0x10

    /// The size in bytes.
    public var bytes: UInt32 {
        switch self {
        case .word: 4
        case .half: 2
        case .byte: 1
        }
    }
}

/// The right-hand operand of an arithmetic operation or a comparison: the instruction's constant, or X.
public enum Operand: Equatable, Hashable, Sendable {
    /// The constant of the instruction.
    case k(UInt32)
    /// The index register.
    case x
}

/// The binary arithmetic operations: BPF_OP of the opcode.
///
/// `modulo` and `xor` exist since Linux 3.7, the others since 1993.
public enum Arithmetic: UInt16, Equatable, Hashable, Sendable, CaseIterable {
    /// `add`: wraps around.
    case add = 0x00
    /// `sub`: wraps around.
    case subtract = 0x10
    /// `mul`: wraps around.
    case multiply = 0x20
    /// `div`: rounds down. Division by an X of 0 drops the packet.
    case divide = 0x30
    /// `or`: bitwise.
    case or = 0x40
    /// `and`: bitwise.
    case and = 0x50
    /// `lsh`. See ``Dialect`` for shifts by 32 or more.
    case shiftLeft = 0x60
    /// `rsh`: fills with zeros. See ``Dialect`` for shifts by 32 or more.
    case shiftRight = 0x70
    /// `mod`: the remainder. An X of 0 drops the packet.
    case modulo = 0x90
    /// `xor`: bitwise.
    case xor = 0xa0
}

/// The comparisons of A with an operand: BPF_OP of the opcode.
public enum Comparison: UInt16, Equatable, Hashable, Sendable, CaseIterable {
    /// `jeq`: A equals the operand.
    case equal = 0x10
    /// `jgt`: A is greater than the operand.
    case greater = 0x20
    /// `jge`: A is greater than or equal to the operand.
    case greaterOrEqual = 0x30
    /// `jset`: A and the operand have a set bit in common.
    case anyBit = 0x40
}
