/// The mnemonics of instructions.
enum Mnemonic {
    case load(Size)
    case loadImmediate(Register)
    case loadIndex
    case loadHeaderLength
    case store(Register)
    case arithmetic(Arithmetic)
    /// The negated mnemonics (`jne`, `jlt`, `jle`) jump if the comparison does not hold.
    case branch(Comparison, isNegated: Bool)
    case jump
    case ret
    case plain(Operation)
    /// `.insn`: an instruction in numbers. The name is that of other assemblers.
    case raw

    init?(_ word: String) {
        switch word {
        case "ld": self = .load(.word)
        case "ldh": self = .load(.half)
        case "ldb": self = .load(.byte)
        case "ldi": self = .loadImmediate(.a)
        case "ldx": self = .loadIndex
        case "ldxi": self = .loadImmediate(.x)
        case "ldxb": self = .loadHeaderLength
        case "st": self = .store(.a)
        case "stx": self = .store(.x)
        case "jeq": self = .branch(.equal, isNegated: false)
        case "jne", "jneq": self = .branch(.equal, isNegated: true)
        case "jgt": self = .branch(.greater, isNegated: false)
        case "jle": self = .branch(.greater, isNegated: true)
        case "jge": self = .branch(.greaterOrEqual, isNegated: false)
        case "jlt": self = .branch(.greaterOrEqual, isNegated: true)
        case "jset": self = .branch(.anyBit, isNegated: false)
        case "ja", "jmp": self = .jump
        case "ret": self = .ret
        case "neg": self = .plain(.negate)
        case "tax": self = .plain(.transfer(to: .x))
        case "txa": self = .plain(.transfer(to: .a))
        case ".insn": self = .raw
        default:
            guard let name = Arithmetic.allCases.first(where: { $0.mnemonic == word }) else { return nil }
            self = .arithmetic(name)
        }
    }
}

extension Arithmetic {
    var mnemonic: String {
        switch self {
        case .add: "add"
        case .subtract: "sub"
        case .multiply: "mul"
        case .divide: "div"
        case .or: "or"
        case .and: "and"
        case .shiftLeft: "lsh"
        case .shiftRight: "rsh"
        case .modulo: "mod"
        case .xor: "xor"
        }
    }
}

extension Comparison {
    var mnemonic: String {
        switch self {
        case .equal: "jeq"
        case .greater: "jgt"
        case .greaterOrEqual: "jge"
        case .anyBit: "jset"
        }
    }
}

extension Size {
    /// The mnemonic of a load into A.
    var mnemonic: String {
        switch self {
        case .word: "ld"
        case .half: "ldh"
        case .byte: "ldb"
        }
    }
}

extension Extension {
    /// The extension with an assembly name.
    init?(name: String) {
        switch name {
        case "vlan_pr": self = .vlanPresent
        case "random": self = .random
        default:
            guard let found = Extension.allCases.first(where: { $0.name == name }) else { return nil }
            self = found
        }
    }
}
