/// Why the verifier refuses a program: the instruction, counted from 0, and the rule that it breaks.
public struct VerifierError: Error, Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The instruction; nil where the program as a whole is wrong.
    public let instruction: Int?
    /// What it breaks.
    public let reason: Reason

    /// A rule of the kernel, with what broke it.
    public enum Reason: Equatable, Hashable, Sendable {
        case empty
        case tooLong(count: Int)
        case unknownOpcode(UInt16)
        case divisionByZero
        case shift(by: UInt32)
        case scratchOutOfRange(UInt32)
        case scratchNotStored(UInt32)
        /// `target`: the instruction where the jump would lead, counted from 0.
        case jumpPastEnd(target: UInt64)
        /// A loop, which libpcap makes of `protochain`.
        case jumpsBack
        case unknownExtension(offset: UInt32)
        case endsWithoutReturn
    }

    public var description: String {
        let text =
            switch reason {
            case .empty: "the program is empty"
            case .tooLong(let count): "the program has \(count) instructions, but \(Program.maximumLength) is the most"
            case .unknownOpcode(let opcode): "unknown opcode 0x\(String(opcode, radix: 16))"
            case .divisionByZero: "divides by the constant 0"
            case .shift(let k): "shifts by \(k), but 31 is the most"
            case .scratchOutOfRange(let k): "M[\(k)] does not exist: scratch memory ends with M[15]"
            case .scratchNotStored(let k): "M[\(k)] is loaded, but not every way there stores it first"
            case .jumpPastEnd(let target): "jumps to instruction \(target), past the end"
            case .jumpsBack: "the kernel takes no filter that jumps back, which 'protochain' makes of a loop"
            case .unknownExtension(let offset):
                "offset 0x\(String(offset, radix: 16)) is among the extensions' (0xfffff000 on), but names none"
            case .endsWithoutReturn: "the last instruction must be a return"
            }
        if reason == .jumpsBack { return text }
        return instruction.map { "instruction \($0): \(text)" } ?? text
    }
}
