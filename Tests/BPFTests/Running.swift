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

/// Why the verifier rejects a program; nil if it accepts it.
func refusal(_ program: Program, as dialect: Dialect = .linux) -> VerifierError? {
    do throws(VerifierError) {
        _ = try VerifiedProgram(program, as: dialect)
        return nil
    } catch {
        return error
    }
}

extension VerifierError {
    /// The reason in the words of the vectors, which come from a model of the kernel's checker.
    var asInVectors: String {
        let place = instruction.map { " at \($0)" } ?? ""
        return switch reason {
        case .empty, .tooLong: "length"
        case .unknownOpcode(let opcode): "opcode 0x\(String(opcode, radix: 16))\(place)"
        case .divisionByZero: "div/mod by 0\(place)"
        case .shift(let k): "shift by \(k)\(place)"
        case .scratchOutOfRange(let k): "M[\(k)]\(place)"
        case .scratchNotStored(let k): "M[\(k)] not stored\(place)"
        case .jumpPastEnd, .jumpsBack: "jump out of range\(place)"
        case .unknownExtension: "unknown ancillary\(place)"
        case .endsWithoutReturn: "last insn not RET K/A"
        }
    }
}

extension Array where Element == UInt8 {
    /// The bytes that a string of hexadecimal digits encodes.
    init(hex: String) {
        let digits = Array<Character>(hex)
        self = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
}
