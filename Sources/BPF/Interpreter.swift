/// A verified program, decoded for speed. Gives the verdicts of `Machine`.
///
/// Running it allocates nothing, counts no references and checks nothing that the verifier or the decoder has settled: what
/// remains is one comparison with the packet's length for each load. Any number of threads may run one at once.
public struct Interpreter: Sendable {
    let code: Code

    public init(_ program: VerifiedProgram) {
        var decoder = Decoder(program)
        code = decoder.decode()
    }

    /// How many bytes of the packet to keep: 0 drops it; a number beyond its length means all of it.
    ///
    /// `packet` is what was captured, from its first byte; `wireLength` its length on the wire, in bytes. `metadata` is called
    /// only by programs that ask for some.
    ///
    /// Four loops run programs, made of the same parts: each one knows more steps than the one before, and needs more of the
    /// processor's registers for it. The first three call nothing, so that everything stays in registers.
    public func run(
        _ packet: RawSpan, wireLength: UInt32, metadata: () -> PacketMetadata = { PacketMetadata() }
    ) -> UInt32 {
        switch code.reach {
        case .fixed: runTests(packet, last: .verdict)
        case .headers: runHeaders(packet)
        case .everything: runMixed(packet, wireLength, metadata)
        }
    }

    /// Runs a program of tests at fixed places and behind headers.
    @inline(never)
    private func runHeaders(_ packet: RawSpan) -> UInt32 { runTests(packet, last: .anyOfBehind) }

    /// Runs a program whose actions are of the kinds up to `last`.
    @inline(__always)
    private func runTests(_ packet: RawSpan, last: Action.Kind) -> UInt32 {
        defer { withExtendedLifetime(code) {} }
        var registers = Registers(at: code)
        while true {
            // The most common step by far, without looking it up among the others.
            while _fastPath(registers.action.kind == .equalFixed) {
                guard let number = registers.number(of: packet, from: 0) else { return 0 }
                registers.a = number
                registers.branch(number == registers.action.k)
            }
            if registers.action.kind == .verdict { return registers.action.k }
            // There are no others; saying so leaves only the cases of these in the loop.
            guard registers.action.kind.rawValue <= last.rawValue, execute(&registers, packet, 0) == .done else {
                return 0
            }
        }
    }

    /// Runs any program, up to the first step that is not a common one, which is for `finish`.
    @inline(never)
    private func runMixed(_ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata) -> UInt32 {
        defer { withExtendedLifetime(code) {} }
        var registers = Registers(at: code)
        while true {
            switch execute(&registers, packet, wireLength) {
            case .done: continue
            case .verdict: return registers.action.k
            case .accumulator: return registers.a
            case .notDone: return finish(registers, packet, wireLength, metadata)
            }
        }
    }

    /// The same with every kind of step, and with scratch memory.
    @inline(never)
    private func finish(
        _ start: Registers, _ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata
    ) -> UInt32 {
        defer { withExtendedLifetime(code) {} }
        var registers = start
        var scratch = [16 of UInt32](repeating: 0)
        while true {
            switch execute(&registers, packet, wireLength) {
            case .done: continue
            case .verdict: return registers.action.k
            case .accumulator: return registers.a
            case .notDone:
                guard executeRare(&registers, &scratch, packet, wireLength, metadata) else {
                    return registers.action.kind == .loadExtension ? registers.a : 0
                }
            }
        }
    }

    /// What became of a step. One that is not done has changed nothing that its other execution needs.
    private enum Outcome { case done, verdict, accumulator, notDone }

    /// Executes one of the common steps.
    @inline(__always)
    private func execute(_ registers: inout Registers, _ packet: RawSpan, _ wireLength: UInt32) -> Outcome {
        let action = registers.action
        let k = action.k
        switch action.kind {
        case .equalFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.branch(number == k)
        case .greaterFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.branch(number > k)
        case .greaterOrEqualFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.branch(number >= k)
        case .anyBitFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.branch(number & k != 0)
        case .anyOfFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.branch(any(action.keys .== SIMD4(repeating: number)))
        case .amongFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.branch(among: number)
        case .loadFixed:
            guard let number = registers.number(of: packet, from: 0) else { return .notDone }
            registers.a = number
            registers.goOn()

        case .equalIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.branch(number == k)
        case .greaterIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.branch(number > k)
        case .greaterOrEqualIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.branch(number >= k)
        case .anyBitIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.branch(number & k != 0)
        case .anyOfIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.branch(any(action.keys .== SIMD4(repeating: number)))
        case .amongIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.branch(among: number)
        case .loadIndexed:
            guard let number = registers.number(of: packet, from: registers.x) else { return .notDone }
            registers.a = number
            registers.goOn()

        case .equal: registers.branch(registers.a == k)
        case .greater: registers.branch(registers.a > k)
        case .greaterOrEqual: registers.branch(registers.a >= k)
        case .anyBit: registers.branch(registers.a & k != 0)
        case .equalX: registers.branch(registers.a == registers.x)
        case .greaterX: registers.branch(registers.a > registers.x)
        case .greaterOrEqualX: registers.branch(registers.a >= registers.x)
        case .anyBitX: registers.branch(registers.a & registers.x != 0)
        case .anyOf: registers.branch(any(action.keys .== SIMD4(repeating: registers.a)))
        case .among: registers.branch(among: registers.a)

        case .headerLength:
            guard registers.loadHeaderLength(at: Int(k), of: packet) else { return .notDone }
            registers.goOn()
        case .equalBehind:
            guard registers.loadHeaderLength(at: Int(action.shift), of: packet),
                let number = registers.number(of: packet, from: registers.x)
            else { return .notDone }
            registers.a = number
            registers.branch(number == k)
        case .anyOfBehind:
            guard registers.loadHeaderLength(at: Int(action.shift), of: packet),
                let number = registers.number(of: packet, from: registers.x)
            else { return .notDone }
            registers.a = number
            registers.branch(any(action.keys .== SIMD4(repeating: number)))
        case .loadLengthA: registers.set(a: wireLength)
        case .loadA: registers.set(a: k)
        case .loadX: registers.set(x: k)
        case .transferToX: registers.set(x: registers.a)
        case .transferToA: registers.set(a: registers.x)
        case .add: registers.set(a: registers.a &+ k)
        case .and: registers.set(a: registers.a & k)
        case .or: registers.set(a: registers.a | k)
        case .shiftLeft: registers.set(a: registers.a &<< k)
        case .shiftRight: registers.set(a: registers.a &>> k)
        case .addX: registers.set(a: registers.a &+ registers.x)
        case .subtractX: registers.set(a: registers.a &- registers.x)

        case .jump: registers.jump()
        case .verdict: return .verdict
        case .returnA: return .accumulator
        // Named one by one, so that every kind has a place in the switch's jump table, and none is looked for beyond it.
        case .loadOutside, .loadEarlyIndexed, .headerLengthOutside, .loadExtension, .loadLengthX, .loadScratchA,
            .loadScratchX, .storeA, .storeX, .negate, .multiply, .divide, .modulo, .xor, .multiplyX, .divideX, .moduloX,
            .andX, .orX, .xorX, .shiftLeftX, .shiftRightX, .shiftLeftXOrZero, .shiftRightXOrZero, .drop:
            return .notDone
        }
        return .done
    }
}
