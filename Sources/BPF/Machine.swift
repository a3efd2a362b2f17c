/// The reference implementation of the machine: section 3 of the paper with Linux's extensions, one instruction at a
/// time.
///
/// It is written for readability, drives `holdfast filter trace`, and is the reference that ``Interpreter`` is tested
/// against.
public struct Machine {
    /// The program to execute.
    public let program: VerifiedProgram
    /// The index of the next instruction, from 0.
    public private(set) var pc = 0
    /// The accumulator.
    public private(set) var a: UInt32 = 0
    /// The index register.
    public private(set) var x: UInt32 = 0
    /// The scratch memory, M[].
    public private(set) var scratch = [16 of UInt32](repeating: 0)
    /// The number of bytes to keep, 0 to drop the packet; nil while the program runs.
    public private(set) var verdict: UInt32?
    /// The number of instructions executed so far.
    public private(set) var count = 0

    /// Creates a machine before the first instruction of a program.
    public init(_ program: VerifiedProgram) { self.program = program }

    /// Runs a program to its verdict: the number of bytes to keep, or 0 to drop the packet.
    ///
    /// `packet` holds the captured bytes; `wireLength` is the length on the wire, in bytes.
    public static func run(
        _ program: VerifiedProgram, on packet: RawSpan, wireLength: UInt32, metadata: PacketMetadata = PacketMetadata()
    ) -> UInt32 {
        var machine = Machine(program)
        while true {
            machine.step(on: packet, wireLength: wireLength, metadata: metadata)
            if let verdict = machine.verdict { return verdict }
        }
    }

    /// Executes the instruction at `pc`. Has no effect after the verdict.
    ///
    /// `packet` holds the captured bytes; `wireLength` is the length on the wire, in bytes.
    public mutating func step(on packet: RawSpan, wireLength: UInt32, metadata: PacketMetadata) {
        guard verdict == nil else { return }
        let operation = program.operations[pc]
        pc += 1
        count += 1
        switch operation {
        case .loadConstant(let register, let k): set(register, k)
        case .loadLength(let register): set(register, wireLength)
        case .loadScratch(let register, let k): set(register, scratch[Int(k)])
        case .loadPacket(let size, let k): set(.a, number(size, at: k, of: packet, metadata))
        case .loadPacketIndexed(let size, let k): set(.a, indexed(size, k, of: packet, metadata))
        case .loadHeaderLength(let k): set(.x, number(.byte, at: k, of: packet, metadata).map { ($0 & 0xf) * 4 })
        case .loadExtension(let name, _): load(name, packet, metadata)
        case .lookUp(_, let list, let k, let fromX):
            set(.a, program.program.lists[Int(list)].table.look(packet, at: Int(k) + (fromX ? Int(x) : 0)))
        case .store(let register, let k): scratch[Int(k)] = register == .a ? a : x
        case .arithmetic(let name, let operand): set(.a, name.apply(a, value(of: operand), in: program.dialect))
        case .negate: a = 0 &- a
        case .jump(let distance): pc += Int(distance)
        case .branch(let test, let operand, let jt, let jf): pc += Int(test.holds(a, value(of: operand)) ? jt : jf)
        case .transfer(to: .x): x = a
        case .transfer(to: .a): a = x
        case .returnConstant(let k): verdict = k
        case .returnAccumulator: verdict = a
        case .unknown: verdict = 0  // does not occur in a verified program
        }
    }

    /// Sets a register. A nil value means that a load failed, which drops the packet.
    private mutating func set(_ register: Register, _ value: UInt32?) {
        guard let value else {
            verdict = 0
            return
        }
        if register == .a { a = value } else { x = value }
    }

    private func value(of operand: Operand) -> UInt32 {
        switch operand {
        case .k(let k): k
        case .x: x
        }
    }

    private func number(_ size: Size, at k: UInt32, of packet: RawSpan, _ metadata: PacketMetadata) -> UInt32? {
        switch program.dialect {
        case .linux: packet.number(size, atLinuxOffset: k, networkOffset: metadata.networkOffset)
        case .libpcap: packet.number(size, at: Int(k))
        }
    }

    private func indexed(_ size: Size, _ k: UInt32, of packet: RawSpan, _ metadata: PacketMetadata) -> UInt32? {
        switch program.dialect {
        case .linux: packet.number(size, atLinuxOffset: x &+ k, networkOffset: metadata.networkOffset)
        case .libpcap: packet.number(size, at: Int(x) + Int(k))
        }
    }

    private mutating func load(_ name: Extension, _ packet: RawSpan, _ metadata: PacketMetadata) {
        guard program.dialect == .linux else { return verdict = 0 }
        if let value = metadata.value(of: name, a: a, x: x, packet: packet) { a = value } else { verdict = a }
    }
}

extension Arithmetic {
    /// The result of A op operand; nil for a division by zero, which drops the packet.
    func apply(_ a: UInt32, _ b: UInt32, in dialect: Dialect) -> UInt32? {
        switch self {
        case .add: a &+ b
        case .subtract: a &- b
        case .multiply: a &* b
        case .divide: b == 0 ? nil : a / b
        case .modulo: b == 0 ? nil : a % b
        case .or: a | b
        case .and: a & b
        case .xor: a ^ b
        case .shiftLeft: dialect == .linux ? a &<< b : a << b  // << by 32 or more gives 0, &<< counts modulo 32
        case .shiftRight: dialect == .linux ? a &>> b : a >> b
        }
    }
}

extension Comparison {
    func holds(_ a: UInt32, _ b: UInt32) -> Bool {
        switch self {
        case .equal: a == b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .anyBit: a & b != 0
        }
    }
}
