import BPF

/// The verdict and the instruction count of a program on a packet, by the reference machine.
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
    /// The operations, one per line, for failure messages.
    var listing: String {
        operations.enumerated().map { "\($0): \($1)" }.joined(separator: "\n")
    }
}
