extension Program {
    /// The program of an assembly text; see `Assembler` for the language. `constants` are names that may stand for numbers.
    /// Fails with every mistake in the text: line, column, and what was expected there.
    public init(assembly text: String, constants: [String: UInt32] = [:]) throws(SourceError) {
        var assembler = Assembler(text, constants: constants)
        self = try assembler.assemble()
    }

    /// The program as assembly text, a line for each instruction, labels where jumps lead. Total, and exact: it assembles to
    /// the same program again, bit for bit. What has no notation stands in numbers, as `.insn`.
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

    /// Whether an instruction can be written as what it means: no bits that mean nothing, no jump that leads nowhere.
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
    /// Where the instruction number `index` may jump.
    fileprivate func jumps(from index: Int) -> [Int] {
        switch self {
        case .jump(let distance): [index + 1 + Int(distance)]
        case .branch(_, _, let jt, let jf): [index + 1 + Int(jt), index + 1 + Int(jf)]
        default: []
        }
    }

    /// In assembly, where jumps are to labels named after instructions; nil for what has no notation.
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

/// The number as the signed one of the same bits: offsets below 0 count from the headers.
func signed(_ number: UInt32) -> Int32 { Int32(bitPattern: number) }

extension String {
    /// With blanks at the end, up to a length of `width` characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
