extension Action {
    /// The action for a single operation.
    init(_ operation: Operation, in dialect: Dialect) {
        switch operation {
        case .loadConstant(let register, let k): self.init(register == .a ? .loadA : .loadX, k: k)
        case .loadLength(let register): self.init(register == .a ? .loadLengthA : .loadLengthX)
        case .loadScratch(let register, let k): self.init(register == .a ? .loadScratchA : .loadScratchX, k: k)
        case .store(let register, let k): self.init(register == .a ? .storeA : .storeX, k: k)
        case .loadPacket(_, 0x8000_0000...) where dialect == .libpcap: self.init(.drop)
        case .loadHeaderLength(0x8000_0000...) where dialect == .libpcap: self.init(.drop)
        case .loadPacket(let size, let k): self.init(.loadOutside, size: size, k: k)
        case .loadPacketIndexed(let size, let k):
            self.init(.loadEarlyIndexed, size: size)
            offset = k &+ size.bytes &- 4
            wraps = dialect == .linux
        case .loadHeaderLength(let k):
            self.init(k < 0x8000_0000 ? .headerLength : .headerLengthOutside, size: .byte, k: k)
        case .loadExtension(let name, _) where dialect == .linux: self.init(.loadExtension, k: name.rawValue)
        case .loadExtension: self.init(.drop)
        case .lookUp(let family, _, let k, let fromX):
            self.init(family == .ipv4 ? .lookUpIPv4 : .lookUpIPv6, k: k)
            mask = fromX ? .max : 0
        case .arithmetic(let name, .k(let k)): self.init(name, k)
        case .arithmetic(let name, .x): self.init(name.indexKind(in: dialect))
        case .negate: self.init(.negate)
        case .transfer(to: .x): self.init(.transferToX)
        case .transfer(to: .a): self.init(.transferToA)
        case .branch(.equal, _, _, _): self.init(.equalX)
        case .branch(.greater, _, _, _): self.init(.greaterX)
        case .branch(.greaterOrEqual, _, _, _): self.init(.greaterOrEqualX)
        case .branch(.anyBit, _, _, _): self.init(.anyBitX)
        case .returnAccumulator: self.init(.returnA)
        case .returnConstant, .jump, .unknown: self.init(.drop)  // unreachable: not actions
        }
    }

    private init(_ name: Arithmetic, _ k: UInt32) {
        switch name {
        case .add: self.init(.add, k: k)
        case .subtract: self.init(.add, k: 0 &- k)
        case .multiply: self.init(.multiply, k: k)
        case .divide: self.init(.divide, k: k)
        case .modulo: self.init(.modulo, k: k)
        case .or: self.init(.or, k: k)
        case .and: self.init(.and, k: k)
        case .xor: self.init(.xor, k: k)
        case .shiftLeft: self.init(.shiftLeft, k: k)
        case .shiftRight: self.init(.shiftRight, k: k)
        }
    }
}

extension Arithmetic {
    fileprivate func indexKind(in dialect: Dialect) -> Action.Kind {
        switch self {
        case .add: .addX
        case .subtract: .subtractX
        case .multiply: .multiplyX
        case .divide: .divideX
        case .modulo: .moduloX
        case .or: .orX
        case .and: .andX
        case .xor: .xorX
        case .shiftLeft: dialect == .linux ? .shiftLeftX : .shiftLeftXOrZero
        case .shiftRight: dialect == .linux ? .shiftRightX : .shiftRightXOrZero
        }
    }
}
