/// A verified program, decoded for speed. Gives the verdicts of `Machine`.
///
/// Running it allocates nothing, counts no references and checks nothing that the verifier or the decoder has settled: what
/// remains is one comparison with the packet's length for each load. Any number of threads may run one at once.
public struct Interpreter: ~Copyable, Sendable {
    @usableFromInline let code: Code

    public init(_ program: VerifiedProgram) {
        var decoder = Decoder(program)
        code = decoder.decode()
    }

    /// How many bytes of the packet to keep: 0 drops it; a number beyond its length means all of it.
    ///
    /// `packet` is what was captured, from its first byte; `wireLength` its length on the wire, in bytes. `metadata` is called
    /// only by programs that ask for some.
    ///
    /// Three loops run programs; each knows more steps than the one before, and needs more of the processor's registers for it.
    /// This one becomes a part of its caller. It knows the step with which programs begin, and many packets meet no other: is
    /// a number at a fixed place equal to a constant?
    @inlinable @inline(__always)
    public func run(
        _ packet: RawSpan, wireLength: UInt32, metadata: () -> PacketMetadata = { PacketMetadata() }
    ) -> UInt32 {
        var registers = Registers(at: code)
        while registers.action.kind == .equalFixed {
            guard let number = registers.number(of: packet, from: 0) else { return 0 }
            registers.a = number
            registers.branch(number == registers.action.k)
        }
        if registers.action.kind == .verdict { return registers.action.k }
        return registers.runCommon(packet, wireLength, metadata)
    }
}

extension Registers {
    /// Goes on to the first step that is not a common one. Calls nothing before it, so that all stays in registers.
    @inline(never) @usableFromInline
    func runCommon(_ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata) -> UInt32 {
        var registers = self
        while true {
            switch registers.execute(packet, wireLength) {
            case .done: continue
            case .verdict(let k): return k
            case .notDone: return registers.runAll(packet, wireLength, metadata)
            }
        }
    }

    /// Goes on to the end, with every kind of step, and with scratch memory.
    @inline(never)
    private func runAll(_ packet: RawSpan, _ wireLength: UInt32, _ metadata: () -> PacketMetadata) -> UInt32 {
        var registers = self
        var memory = [16 of UInt32](repeating: 0)
        var scratch = memory.mutableSpan
        while true {
            switch registers.execute(packet, wireLength) {
            case .done: continue
            case .verdict(let k): return k
            case .notDone:
                guard registers.executeRare(&scratch, packet, wireLength, metadata) else {
                    return registers.action.kind == .loadExtension ? registers.a : 0
                }
            }
        }
    }
}
