/// A verified program, decoded for fast execution. It returns the same verdicts as ``Machine``.
///
/// Running it does not allocate, performs no reference counting and repeats no check of the verifier or the decoder.
/// What remains is one length check per load. Any number of threads may run an interpreter at the same time.
public struct Interpreter: ~Copyable, Sendable {
    @usableFromInline let code: Code

    /// Decodes a program. Allocates the memory that later runs share.
    public init(_ program: VerifiedProgram) {
        var decoder = Decoder(program)
        code = decoder.decode()
    }

    /// Runs the program on a packet and returns the number of bytes to keep.
    ///
    /// 0 drops the packet; a number beyond its length keeps all of it. `packet` holds the captured bytes from the
    /// first one on; `wireLength` is the length on the wire, in bytes. `metadata` is called only if the program needs
    /// metadata.
    @inlinable @inline(__always)
    public func run(
        _ packet: RawSpan, wireLength: UInt32, metadata: () -> PacketMetadata = { PacketMetadata() }
    ) -> UInt32 {
        // Three loops execute programs. Each supports more kinds of steps than the one before and needs more
        // processor registers. This loop is inlined into its caller. It executes only the test whether a number at a
        // fixed offset equals a constant: most programs begin with it, and many packets need no other step.
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
    /// Runs up to the first step that is not a common one. It calls nothing before that, so its state stays in
    /// processor registers.
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

    /// Runs to the end, with all kinds of steps and with scratch memory.
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
