import BPF

extension Interpreter {
    func run(_ packet: [UInt8], wireLength: Int? = nil, metadata: PacketMetadata = PacketMetadata()) -> UInt32 {
        run(unsafe packet.span.bytes, wireLength: UInt32(wireLength ?? packet.count), metadata: { metadata })
    }
}

extension Machine {
    static func run(
        _ program: VerifiedProgram, on packet: [UInt8], wireLength: Int? = nil,
        metadata: PacketMetadata = PacketMetadata()
    ) -> UInt32 {
        let length = UInt32(wireLength ?? packet.count)
        return Machine.run(program, on: unsafe packet.span.bytes, wireLength: length, metadata: metadata)
    }
}

/// What a program refused, or nothing.
func refusal(_ program: Program, as dialect: Dialect = .linux) -> Refusal? {
    do throws(Refusal) {
        _ = try VerifiedProgram(program, as: dialect)
        return nil
    } catch {
        return error
    }
}

extension Array where Element == UInt8 {
    /// The bytes of a text of hexadecimal digits.
    init(hex: String) {
        let digits = Array<Character>(hex)
        self = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
