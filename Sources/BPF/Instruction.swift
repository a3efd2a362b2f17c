import CLinux

/// One instruction, as the kernel takes it (struct sock_filter, linux/filter.h). It may be any 64 bits: `operation` says
/// what they mean.
public struct Instruction: Equatable, Hashable, Sendable {
    /// What to do: a class; then the size and mode of a load, or an operation and its operand (BPF_CLASS and so on).
    public var opcode: UInt16
    /// How many instructions a conditional jump skips when its condition holds.
    public var jt: UInt8
    /// And when it does not.
    public var jf: UInt8
    /// The constant: a number, an offset in bytes, a scratch word, or how many instructions `ja` skips.
    public var k: UInt32

    public init(opcode: UInt16, jt: UInt8 = 0, jf: UInt8 = 0, k: UInt32 = 0) {
        (self.opcode, self.jt, self.jf, self.k) = (opcode, jt, jf, k)
    }

    /// The instruction for an operation, with zeros in the fields that the operation does not use.
    public init(_ operation: Operation) { self = operation.instruction }

    /// `ret #k`: keep `k` bytes.
    public static func ret(_ k: UInt32) -> Instruction { Instruction(.returnConstant(k)) }

    /// Whether this is `ret #k`.
    public var isReturnConstant: Bool { opcode == UInt16(BPF_RET | BPF_K) }

    /// Whether this is a jump to an earlier instruction, which no verified program has.
    var jumpsBack: Bool { opcode == UInt16(BPF_JMP | BPF_JA) && Int32(bitPattern: k) < 0 }
}
