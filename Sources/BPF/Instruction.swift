import CLinux

/// An instruction in the kernel's encoding (struct sock_filter, linux/filter.h).
///
/// Any 64 bits are an instruction; `operation` decodes them.
public struct Instruction: Equatable, Hashable, Sendable {
    /// The opcode: a class, with the size and mode of a load, or an operation and its operand (BPF_CLASS and so on).
    public var opcode: UInt16
    /// The number of instructions that a conditional jump skips if its condition holds.
    public var jt: UInt8
    /// The number of instructions that a conditional jump skips if its condition does not hold.
    public var jf: UInt8
    /// The constant: a number, a byte offset, a scratch word, or the number of instructions that `ja` skips.
    public var k: UInt32

    /// Creates an instruction from its fields.
    public init(opcode: UInt16, jt: UInt8 = 0, jf: UInt8 = 0, k: UInt32 = 0) {
        (self.opcode, self.jt, self.jf, self.k) = (opcode, jt, jf, k)
    }

    /// Encodes an operation. Fields that the operation does not use are 0.
    public init(_ operation: Operation) { self = operation.instruction }

    /// `ret #k`: keep `k` bytes.
    public static func ret(_ k: UInt32) -> Instruction { Instruction(.returnConstant(k)) }

    /// Whether this instruction is `ret #k`.
    public var isReturnConstant: Bool { opcode == UInt16(BPF_RET | BPF_K) }

    /// Whether this instruction jumps backward. No verified program has one.
    var jumpsBack: Bool { opcode == UInt16(BPF_JMP | BPF_JA) && Int32(bitPattern: k) < 0 }
}
