extension Program {
    /// Assembles a program. The language is that of the kernel's bpf_asm, with labels of any length.
    ///
    /// `constants` maps names to numbers that the text may use. Throws a ``SourceError`` with every error in the text:
    /// line, column, and what was expected.
    public init(assembly text: String, constants: [String: UInt32] = [:]) throws(SourceError) {
        var assembler = Assembler(text, constants: constants)
        self = try assembler.assemble()
    }

    /// The program as assembly text, one line per instruction, with labels at the targets of jumps.
    ///
    /// Disassembly is total and exact: the text assembles to the same program, bit for bit. An instruction without a
    /// notation is written in numbers, as `.insn`.
    public var assembly: String {
        var targets: Set<Int> = []
        for (index, instruction) in instructions.enumerated() where isWritable(index) {
            targets.formUnion(instruction.operation.jumps(from: index))
        }
        return instructions.indices.map { index in
            let label = targets.contains(index) ? "L\(index):" : ""
            return label.padded(to: 8) + text(of: index) + "\n"
        }.joined()
    }

    /// Whether an instruction can be written as its operation: unused fields are 0, and jumps stay inside the
    /// program.
    private func isWritable(_ index: Int) -> Bool {
        let instruction = instructions[index]
        return instruction.isCanonical
            && instruction.operation.jumps(from: index).allSatisfy { $0 < instructions.count }
    }

    private func text(of index: Int) -> String {
        let instruction = instructions[index]
        guard isWritable(index), let text = instruction.operation.assembly(at: index) else {
            let opcode = hex(UInt32(instruction.opcode))
            return ".insn 0x\(opcode), \(instruction.jt), \(instruction.jf), 0x\(hex(instruction.k))"
        }
        return text
    }
}

extension Operation {
    /// The possible jump targets of the instruction at `index`.
    fileprivate func jumps(from index: Int) -> [Int] {
        switch self {
        case .jump(let distance): [index + 1 + Int(distance)]
        case .branch(_, _, let jt, let jf): [index + 1 + Int(jt), index + 1 + Int(jf)]
        default: []
        }
    }

    /// The operation in assembly, with labels named after instruction indices; nil if it has no notation.
    fileprivate func assembly(at index: Int) -> String? {
        switch self {
        case .loadConstant(.a, let k): "ld #0x\(hex(k))"
        case .loadConstant(.x, let k): "ldx #0x\(hex(k))"
        case .loadLength(.a): "ld #len"
        case .loadLength(.x): "ldx #len"
        case .loadScratch(.a, let k): "ld M[\(k)]"
        case .loadScratch(.x, let k): "ldx M[\(k)]"
        case .loadPacket(let size, let k): "\(size.mnemonic) [\(signed(k))]"
        case .loadPacketIndexed(let size, let k): "\(size.mnemonic) [x + \(signed(k))]"
        case .loadHeaderLength(let k): "ldx 4*([\(signed(k))]&0xf)"
        case .loadExtension(let name, let size): "\(size.mnemonic) #\(name.name)"
        case .store(.a, let k): "st M[\(k)]"
        case .store(.x, let k): "stx M[\(k)]"
        case .arithmetic(let name, .x): "\(name.mnemonic) x"
        case .arithmetic(let name, .k(let k)):
            switch name {
            case .and, .or, .xor: "\(name.mnemonic) #0x\(hex(k))"
            default: "\(name.mnemonic) #\(k)"
            }
        case .negate: "neg"
        case .jump(let distance): "ja L\(index + 1 + Int(distance))"
        case .branch(let name, let operand, let jt, let jf):
            "\(name.mnemonic) \(operand.text), L\(index + 1 + Int(jt)), L\(index + 1 + Int(jf))"
        case .transfer(to: .x): "tax"
        case .transfer(to: .a): "txa"
        case .returnConstant(let k): "ret #\(k)"
        case .returnAccumulator: "ret a"
        case .lookUp, .unknown: nil
        }
    }
}

extension Operand {
    fileprivate var text: String {
        switch self {
        case .k(let k): "#0x\(hex(k))"
        case .x: "x"
        }
    }
}

/// The number in hexadecimal digits.
func hex(_ number: UInt32) -> String { String(number, radix: 16) }

/// The bits as a signed number. Negative offsets count from the headers.
func signed(_ number: UInt32) -> Int32 { Int32(bitPattern: number) }

extension String {
    /// The string padded with spaces to at least `width` characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
