import BPF
import TestSupport

/// Random programs that pass the verifier.
///
/// Constants come from small pools, so that tests and loads repeat along paths, as they do in real filters, and every
/// kind of fact occurs.
struct BranchingPrograms {
    var generator: SeededGenerator
    /// The maximum number of instructions before the last one.
    var maximumLength = 40
    /// The extensions to use. None by default, because a kernel test socket and a `PacketMetadata` differ in their
    /// values.
    var extensions: [Extension] = []
    var dialect = Dialect.linux
    /// Whether a program may return before its end. With many returns, long programs rarely run to their end.
    var endsEarly = true

    init(stream: UInt64) { generator = SeededGenerator(stream: stream) }

    mutating func pick<T>(_ items: [T]) -> T {
        items[Int.random(in: 0..<items.count, using: &generator)]
    }

    mutating func next() -> VerifiedProgram {
        while true {
            let count = Int.random(in: 1...maximumLength, using: &generator)
            var operations: [Operation] = []
            for index in 0..<count { operations.append(operation(room: count - index - 1)) }
            operations.append(pick([.returnConstant(0), .returnConstant(100), .returnAccumulator]))
            if let program = try? VerifiedProgram(Program(operations.map(Instruction.init)), as: dialect) {
                return program
            }
        }
    }

    /// An operation with `room` operations between it and the last one.
    private mutating func operation(room: Int) -> Operation {
        let register: Register = pick([.a, .a, .x])
        let size = pick(Size.allCases)
        switch Int.random(in: 0..<(endsEarly ? 100 : 94), using: &generator) {
        case 0..<4: return .loadConstant(register, constant())
        case 4..<7: return .loadLength(register)
        case 7..<9: return .loadScratch(register, pick([0, 1, 15]))
        case 9..<24: return .loadPacket(size, pick([0, 1, 2, 12, 12, 20, 23, 60, 0x7fff_fffe]))
        case 24..<30: return .loadPacketIndexed(size, pick([0, 1, 14, 14, 16, 0x7fff_fffe, .max, .max - 1]))
        case 30..<34: return .loadHeaderLength(pick([0, 1, 14, 14, 70]))
        case 34..<37: return extensions.isEmpty ? .negate : .loadExtension(pick(extensions), size)
        case 37..<42: return .store(register, pick([0, 1, 15]))
        case 42..<52: return arithmetic()
        case 52..<53: return .negate
        case 53..<58: return .transfer(to: pick([.a, .x]))
        case 58..<61: return .jump(UInt32.random(in: 0...UInt32(min(room, 6)), using: &generator))
        case 61..<94:
            let far = UInt8(min(room, 12))
            let operand: Operand = pick([.k(constant()), .k(constant()), .k(constant()), .x])
            return .branch(
                pick(Comparison.allCases), operand, jt: .random(in: 0...far, using: &generator),
                jf: .random(in: 0...far, using: &generator))
        case 94..<98: return .returnConstant(pick([0, 60, 100]))
        default: return .returnAccumulator
        }
    }

    private mutating func arithmetic() -> Operation {
        let name = pick(Arithmetic.allCases)
        if Bool.random(using: &generator) { return .arithmetic(name, .x) }
        switch name {
        case .shiftLeft, .shiftRight: return .arithmetic(name, .k(pick([0, 1, 2, 8, 31])))
        case .divide, .modulo: return .arithmetic(name, .k(pick([1, 2, 3, 14])))
        default: return .arithmetic(name, .k(constant()))
        }
    }

    private mutating func constant() -> UInt32 {
        pick([0, 1, 2, 2, 3, 4, 14, 20, 0x45, 0xff, 0x102, 0x8000_0000, .max])
    }

    /// A packet of mostly small bytes, so that loads of several sizes match the constants.
    mutating func packet() -> [UInt8] {
        let length = pick([0, 1, 4, 13, 14, 15, 24, 34, 64, 64, 80])
        return (0..<length).map { _ in pick([0, 0, 0, 1, 1, 2, 2, 3, 4, 14, 20, 0x45, 0xff]) }
    }
}
