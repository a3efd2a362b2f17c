// BPF: the filter machine, as values.
//
// The machine of McCanne and Jacobson (1993, section 3) has an accumulator A, an index register X, sixteen words of
// scratch memory and no backward jump. A program looks at one packet and returns how many of its bytes to keep; 0 drops
// it. An instruction is 64 bits: opcode, two branch offsets jt and jf, and a constant k. Programs here are values: compiled
// from an expression, combined, handed to the kernel. The only input and output is libpcap asking an interface what it is.

import CLinux

/// One instruction, as the kernel takes it (struct sock_filter, linux/filter.h).
public struct Instruction: Equatable, Hashable, Sendable {
    public var opcode: UInt16
    /// How many instructions a conditional jump skips when its condition holds.
    public var jt: UInt8
    /// And when it does not.
    public var jf: UInt8
    public var k: UInt32

    public init(opcode: UInt16, jt: UInt8 = 0, jf: UInt8 = 0, k: UInt32 = 0) {
        (self.opcode, self.jt, self.jf, self.k) = (opcode, jt, jf, k)
    }

    /// `ret #k`: keep `k` bytes.
    public static func ret(_ k: UInt32) -> Instruction { Instruction(opcode: UInt16(BPF_RET | BPF_K), k: k) }

    /// Whether this is `ret #k`.
    public var isReturnConstant: Bool { opcode == UInt16(BPF_RET | BPF_K) }

    /// Whether this is a jump to an earlier instruction, which no verified program has.
    var jumpsBack: Bool { opcode == UInt16(BPF_JMP | BPF_JA) && Int32(bitPattern: k) < 0 }
}
