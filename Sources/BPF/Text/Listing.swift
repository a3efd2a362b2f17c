extension Program {
    /// The program in the format of `tcpdump -d`: numbered lines, with jump targets as numbers.
    ///
    /// Identical to the output of libpcap 1.10 (bpf_image) byte for byte, including its quirks: unknown instructions
    /// are `unimp`, and `ret a` is `ret`.
    public var listing: String {
        instructions.enumerated().map { index, instruction in
            let digits = String(index)
            let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            return "(\(number)) " + instruction.image(at: index) + "\n"
        }.joined()
    }
}

extension Instruction {
    fileprivate func image(at index: Int) -> String {
        let (name, operand) = words(at: index)
        let image = name.padded(to: 8) + " "
        // Decided by the opcode class, so the targets of an unknown jump are listed, too.
        let isBranch = opcode & 0x07 == 0x05 && opcode & 0xf0 != 0
        guard isBranch else { return image + operand }
        return image + operand.padded(to: 16) + " jt \(index + 1 + Int(jt))\tjf \(index + 1 + Int(jf))"
    }

    /// The instruction's name and operand as libpcap prints them.
    private func words(at index: Int) -> (String, String) {
        switch operation {
        case .loadConstant(let register, let k): (register.load, "#0x\(hex(k))")
        case .loadLength(.a): ("ld", "#pktlen")
        case .loadScratch(let register, let k): (register.load, "M[\(signed(k))]")
        case .loadPacket(let size, let k): (size.mnemonic, "[\(signed(k))]")
        case .loadPacketIndexed(let size, let k): (size.mnemonic, "[x + \(signed(k))]")
        case .loadHeaderLength(let k): ("ldxb", "4*([\(signed(k))]&0xf)")
        case .loadExtension(let name, let size): (size.mnemonic, "[\(name.listedName)]")
        case .store(.a, let k): ("st", "M[\(signed(k))]")
        case .store(.x, let k): ("stx", "M[\(signed(k))]")
        case .arithmetic(let name, .x): (name.mnemonic, "x")
        case .arithmetic(let name, .k(let k)):
            switch name {
            case .and, .or, .xor: (name.mnemonic, "#0x\(hex(k))")
            default: (name.mnemonic, "#\(signed(k))")
            }
        case .negate: ("neg", "")
        case .jump(let distance): ("ja", "\(Int32(truncatingIfNeeded: index + 1) &+ signed(distance))")
        case .branch(let name, .k(let k), _, _): (name.mnemonic, "#0x\(hex(k))")
        case .branch(let name, .x, _, _): (name.mnemonic, "x")
        case .transfer(to: .x): ("tax", "")
        case .transfer(to: .a): ("txa", "")
        case .returnConstant(let k): ("ret", "#\(signed(k))")
        case .returnAccumulator: ("ret", "")
        case .loadLength(.x), .lookUp, .unknown: ("unimp", "0x\(hex(UInt32(opcode)))")
        }
    }
}

extension Register {
    fileprivate var load: String { self == .a ? "ld" : "ldx" }
}

extension Extension {
    fileprivate var listedName: String {
        switch self {
        case .vlanPresent: "vlanp"
        case .random: "random"
        default: name
        }
    }
}
