import BPF

/// Values derived from the bytes of an input, in order; zeros once the input is exhausted.
struct ByteSource {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next<Integer: FixedWidthInteger & UnsignedInteger>(_: Integer.Type = Integer.self) -> Integer {
        (0..<Integer.bitWidth / 8).reduce(0) { sum, _ in sum << 8 | Integer(truncatingIfNeeded: rest.popFirst() ?? 0) }
    }

    /// An arbitrary instruction.
    mutating func instruction() -> Instruction {
        Instruction(opcode: next(), jt: next(), jf: next(), k: next())
    }

    /// An instruction that is likely to be valid if `room` others lie between it and the last one.
    mutating func likelyInstruction(room: Int) -> Instruction {
        let operations = Operation.known
        let opcode = operations[Int(next(UInt8.self)) % operations.count]
        let (jt, jf, k): (UInt8, UInt8, UInt32) = (next(), next(), next())
        let ways = UInt8(min(room + 1, 255))
        var instruction = Instruction(opcode: opcode, jt: jt % ways, jf: jf % ways, k: k)
        switch instruction.operation {
        case .jump: instruction.k = k % UInt32(room + 1)
        case .store, .loadScratch: instruction.k = k % 16
        case .arithmetic(.shiftLeft, .k), .arithmetic(.shiftRight, .k): instruction.k = k % 32
        case .loadExtension, .unknown: break
        // Mostly small, so that loads succeed and constants match loaded values; sometimes close to the largest
        // offset.
        default: if k >> 31 == 0 { instruction.k = k >> 28 == 7 ? 0x7fff_fffc + k % 8 : k & 0x3f }
        }
        return instruction
    }
}

extension Operation {
    /// The valid opcodes.
    static let known = (0..<256 as Range<UInt16>).filter { opcode in
        if case .unknown = Instruction(opcode: opcode).operation { false } else { true }
    }
}
