import CLinux

extension Instruction {
    /// The decoded instruction. Decoding is total: what no machine executes decodes to `.unknown`.
    ///
    /// Like the kernel, decoding ignores the fields that an operation does not use; `isCanonical` reports whether
    /// they are 0.
    public var operation: Operation {
        guard opcode <= 0xff else { return lookUp ?? .unknown(self) }
        let decoded: Operation? =
            switch CInt(opcode & 0x07) {
            case BPF_LD: load
            case BPF_LDX: loadIndex
            case BPF_ST: opcode == BPF_ST ? .store(.a, k) : nil
            case BPF_STX: opcode == BPF_STX ? .store(.x, k) : nil
            case BPF_ALU: arithmetic
            case BPF_JMP: jump
            case BPF_RET: result
            default: transfer
            }
        return decoded ?? .unknown(self)
    }

    /// Whether the instruction equals the encoding of its operation.
    public var isCanonical: Bool { operation.instruction == self }

    /// The opcodes of `lookUp` lie outside the range of any machine, so a kernel rejects them.
    fileprivate static let lookUpCode: UInt16 = 0x100

    private var lookUp: Operation? {
        guard let family = AddressFamily(rawValue: UInt8(opcode & 1)), opcode & ~3 == Instruction.lookUpCode else {
            return nil
        }
        return .lookUp(family, list: UInt16(jt) | UInt16(jf) << 8, at: k, fromX: opcode & 2 != 0)
    }

    private var load: Operation? {
        guard let size = Size(rawValue: opcode & 0x18) else { return nil }
        switch (CInt(opcode & 0xe0), size) {
        case (BPF_IMM, .word): return .loadConstant(.a, k)
        case (BPF_LEN, .word): return .loadLength(.a)
        case (BPF_MEM, .word): return .loadScratch(.a, k)
        case (BPF_IND, _): return .loadPacketIndexed(size, k)
        case (BPF_ABS, _): return Extension(offset: k).map { .loadExtension($0, size) } ?? .loadPacket(size, k)
        default: return nil
        }
    }

    private var loadIndex: Operation? {
        switch CInt(opcode & 0xf8) {
        case BPF_W | BPF_IMM: .loadConstant(.x, k)
        case BPF_W | BPF_LEN: .loadLength(.x)
        case BPF_W | BPF_MEM: .loadScratch(.x, k)
        case BPF_B | BPF_MSH: .loadHeaderLength(k)
        default: nil
        }
    }

    private var operand: Operand { CInt(opcode & 0x08) == BPF_X ? .x : .k(k) }

    private var arithmetic: Operation? {
        if opcode == BPF_ALU | BPF_NEG { return .negate }
        return Arithmetic(rawValue: opcode & 0xf0).map { .arithmetic($0, operand) }
    }

    private var jump: Operation? {
        if opcode == BPF_JMP | BPF_JA { return .jump(k) }
        return Comparison(rawValue: opcode & 0xf0).map { .branch($0, operand, jt: jt, jf: jf) }
    }

    private var result: Operation? {
        switch CInt(opcode) {
        case BPF_RET | BPF_K: .returnConstant(k)
        case BPF_RET | BPF_A: .returnAccumulator
        default: nil
        }
    }

    private var transfer: Operation? {
        switch CInt(opcode) {
        case BPF_MISC | BPF_TAX: .transfer(to: .x)
        case BPF_MISC | BPF_TXA: .transfer(to: .a)
        default: nil
        }
    }
}

extension Operation {
    /// Encodes the operation, with 0 in the fields that it does not use.
    public var instruction: Instruction {
        switch self {
        case .loadConstant(let register, let k): Instruction(register.load | BPF_IMM, k)
        case .loadLength(let register): Instruction(register.load | BPF_LEN)
        case .loadScratch(let register, let k): Instruction(register.load | BPF_MEM, k)
        case .loadPacket(let size, let k): Instruction(BPF_LD | BPF_ABS | CInt(size.rawValue), k)
        case .loadPacketIndexed(let size, let k): Instruction(BPF_LD | BPF_IND | CInt(size.rawValue), k)
        case .loadHeaderLength(let k): Instruction(BPF_LDX | BPF_B | BPF_MSH, k)
        case .loadExtension(let name, let size): Instruction(BPF_LD | BPF_ABS | CInt(size.rawValue), name.offset)
        case .lookUp(let family, let list, let k, let fromX):
            Instruction(
                opcode: Instruction.lookUpCode | UInt16(family.rawValue) | (fromX ? 2 : 0),
                jt: UInt8(truncatingIfNeeded: list), jf: UInt8(truncatingIfNeeded: list >> 8), k: k)
        case .store(.a, let k): Instruction(BPF_ST, k)
        case .store(.x, let k): Instruction(BPF_STX, k)
        case .arithmetic(let name, .k(let k)): Instruction(BPF_ALU | CInt(name.rawValue) | BPF_K, k)
        case .arithmetic(let name, .x): Instruction(BPF_ALU | CInt(name.rawValue) | BPF_X)
        case .negate: Instruction(BPF_ALU | BPF_NEG)
        case .jump(let k): Instruction(BPF_JMP | BPF_JA, k)
        case .branch(let name, .k(let k), let jt, let jf): Instruction(BPF_JMP | CInt(name.rawValue) | BPF_K, k, jt, jf)
        case .branch(let name, .x, let jt, let jf): Instruction(BPF_JMP | CInt(name.rawValue) | BPF_X, 0, jt, jf)
        case .transfer(to: .x): Instruction(BPF_MISC | BPF_TAX)
        case .transfer(to: .a): Instruction(BPF_MISC | BPF_TXA)
        case .returnConstant(let k): Instruction(BPF_RET | BPF_K, k)
        case .returnAccumulator: Instruction(BPF_RET | BPF_A)
        case .unknown(let instruction): instruction
        }
    }
}

extension Register {
    fileprivate var load: CInt { self == .a ? BPF_LD : BPF_LDX }
}

extension Instruction {
    fileprivate init(_ opcode: CInt, _ k: UInt32 = 0, _ jt: UInt8 = 0, _ jf: UInt8 = 0) {
        self.init(opcode: UInt16(opcode), jt: jt, jf: jf, k: k)
    }
}
