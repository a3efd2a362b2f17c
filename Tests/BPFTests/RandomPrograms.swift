import BPF
import TestSupport

/// Random programs and packets, reproducible by their seed.
///
/// Bytes and constants come from few values, so that tests often hold and form long chains.
struct RandomPrograms {
    private var generator: SeededGenerator

    init(stream: UInt64) { generator = SeededGenerator(stream: stream) }

    mutating func next() -> UInt64 { generator.next() }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func packet() -> [UInt8] {
        let count = 1 + below(below(2) == 0 ? 8 : 64)
        var packet: [UInt8] = []
        for _ in 0..<count { packet.append(below(8) == 0 ? UInt8(truncatingIfNeeded: next()) : UInt8(below(3))) }
        return packet
    }

    mutating func constant() -> UInt32 {
        switch below(8) {
        case 0: UInt32(truncatingIfNeeded: next())
        case 1: pick([.max, 0x8000_0000, 0x7fff_ffff, 31, 32, 33, 0xffff_0000])
        case 2: UInt32(below(0x300))
        default: UInt32(below(4))
        }
    }

    mutating func offset() -> UInt32 {
        switch below(24) {
        case 0: UInt32(truncatingIfNeeded: next())
        case 1: 0xfff0_0000 + UInt32(below(8))
        default: UInt32(below(24))
        }
    }

    /// A program that follows all rules. `extensions` are those with values known to the tests.
    mutating func verified(extensions: [Extension]) -> Program {
        var operations: [Operation] = [.store(.a, 0), .store(.x, 1), .store(.a, 2)]
        if below(4) != 0 { operations = [] }
        let canLoad = !operations.isEmpty
        let count = operations.count + 1 + below(below(3) == 0 ? 60 : 12)
        while operations.count < count {
            if below(8) == 0, count - operations.count > 8 {
                for operation in chain(count - operations.count) { operations.append(operation) }
            } else {
                operations.append(operation(count - operations.count, canLoad, extensions))
            }
        }
        operations.append(below(3) == 0 ? .returnAccumulator : .returnConstant(UInt32(below(80))))
        return Program(operations.map { Instruction($0) })
    }

    /// A load and a chain of comparisons with constants, as compilers generate it: at most eight operations of the
    /// `rest`.
    private mutating func chain(_ rest: Int) -> [Operation] {
        var operations: [Operation] =
            switch below(3) {
            case 0: [.loadPacket(pick(Size.allCases), UInt32(below(12)))]
            case 1: [.loadPacketIndexed(pick(Size.allCases), UInt32(below(12)))]
            default: [.loadHeaderLength(UInt32(below(8))), .loadPacketIndexed(pick(Size.allCases), UInt32(below(12)))]
            }
        if below(2) == 0 { operations.append(.arithmetic(.and, .k(pick([0xff, 1, 0x1ff])))) }
        for _ in 0..<1 + below(5) {
            let distance = UInt8(below(rest - operations.count))
            operations.append(.branch(.equal, .k(UInt32(below(6))), jt: distance, jf: 0))
        }
        return operations
    }

    /// An operation with `rest` operations and a return after it.
    private mutating func operation(_ rest: Int, _ canLoad: Bool, _ extensions: [Extension]) -> Operation {
        let size = pick(Size.allCases)
        switch below(20) {
        case 0: return .loadConstant(pick([.a, .x]), constant())
        case 1: return .loadLength(pick([.a, .x]))
        case 2 where canLoad: return .loadScratch(pick([.a, .x]), UInt32(below(3)))
        case 3 where canLoad: return .store(pick([.a, .x]), UInt32(below(16)))
        case 4: return .loadHeaderLength(offset())
        case 5, 6, 7: return Instruction(.loadPacket(size, safe(offset()))).operation
        case 8, 9: return .loadPacketIndexed(size, offset())
        case 10 where !extensions.isEmpty: return .loadExtension(pick(extensions), size)
        case 11: return .transfer(to: pick([.a, .x]))
        case 12: return below(4) == 0 ? .negate : .arithmetic(.and, .k(pick([0xff, 0xf, 1, 3, 0xffff])))
        case 13: return arithmetic()
        case 14 where below(4) == 0:
            return below(2) == 0 ? .jump(UInt32(below(rest))) : .returnConstant(UInt32(below(80)))
        default:
            let jump = { (programs: inout RandomPrograms) in
                UInt8(programs.below(min(rest, programs.pick([1, 3, 200]))))
            }
            let comparison = below(2) == 0 ? .equal : pick(Comparison.allCases)
            let (jt, jf) = (jump(&self), jump(&self))
            return .branch(comparison, below(6) == 0 ? .x : .k(constant()), jt: jt, jf: jf)
        }
    }

    private mutating func arithmetic() -> Operation {
        let name = pick(Arithmetic.allCases)
        if below(2) == 0 { return .arithmetic(name, .x) }
        switch name {
        case .shiftLeft, .shiftRight: return .arithmetic(name, .k(UInt32(below(32))))
        case .divide, .modulo: return .arithmetic(name, .k(1 + UInt32(below(9))))
        default: return .arithmetic(name, .k(constant()))
        }
    }

    /// An offset that is not one of an extension.
    private func safe(_ offset: UInt32) -> UInt32 { offset >= Extension.base ? offset - 0x1000_0000 : offset }

    /// Arbitrary instructions, most of them almost valid.
    mutating func anything() -> Program {
        var instructions = verified(extensions: Extension.allCases).instructions
        for _ in 0..<below(3) {
            let index = below(instructions.count)
            switch below(6) {
            case 0: instructions[index].opcode = UInt16(below(256))
            case 1: instructions[index].opcode = UInt16(truncatingIfNeeded: next())
            case 2: instructions[index].jt = UInt8(truncatingIfNeeded: next())
            case 3: instructions[index].jf = UInt8(below(20))
            case 4: instructions[index].k = pick([constant(), offset(), Extension.base + UInt32(below(80)), 15, 16])
            default: instructions[index] = Instruction(.loadScratch(pick([.a, .x]), UInt32(below(17))))
            }
        }
        if below(20) == 0 { instructions.removeLast() }
        return Program(instructions)
    }
}
