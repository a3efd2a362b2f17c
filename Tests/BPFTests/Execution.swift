import BPF

/// What one program does with one packet, by the plain machine.
struct Execution: Equatable {
    let verdict: UInt32
    let instructions: Int

    init(_ program: VerifiedProgram, _ packet: [UInt8], wireLength: Int? = nil, _ metadata: PacketMetadata = .init()) {
        var machine = Machine(program)
        while machine.verdict == nil {
            machine.step(
                on: unsafe packet.span.bytes, wireLength: UInt32(wireLength ?? packet.count), metadata: metadata)
        }
        verdict = machine.verdict ?? 0
        instructions = machine.count
    }
}

extension VerifiedProgram {
    /// One per line, for messages of failed tests.
    var listing: String {
        operations.enumerated().map { "\($0): \($1)" }.joined(separator: "\n")
    }
}
