/// A rule that a program violates, and the instruction that violates it.
public struct VerifierError: Error, Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The index of the instruction, from 0; nil if the program as a whole violates the rule.
    public let instruction: Int?
    /// The violated rule.
    public let reason: Reason

    /// A rule of the kernel, with the offending value.
    public enum Reason: Equatable, Hashable, Sendable {
        /// The program has no instructions.
        case empty
        /// The program has more than ``Program/maximumLength`` instructions.
        case tooLong(count: Int)
        /// The opcode is not one of the machine's.
        case unknownOpcode(UInt16)
        /// The instruction divides by the constant 0.
        case divisionByZero
        /// The instruction shifts by a constant of 32 or more.
        case shift(by: UInt32)
        /// The index of a scratch word is 16 or more.
        case scratchOutOfRange(UInt32)
        /// A scratch word may be loaded before it is stored.
        case scratchNotStored(UInt32)
        /// `target` is the index of the instruction that the jump leads to, from 0.
        case jumpPastEnd(target: UInt64)
        /// A backward jump. libpcap generates a loop for `protochain`.
        case jumpsBack
        /// The offset lies in the range of the extensions but names none.
        case unknownExtension(offset: UInt32)
        /// The last instruction is not a return.
        case endsWithoutReturn
    }

    public var description: String {
        let text =
            switch reason {
            case .empty: "the program is empty"
            case .tooLong(let count):
                "the program has \(count) instructions, more than the limit of \(Program.maximumLength)"
            case .unknownOpcode(let opcode): "unknown opcode 0x\(String(opcode, radix: 16))"
            case .divisionByZero: "divides by the constant 0"
            case .shift(let k): "shifts by \(k), more than the limit of 31"
            case .scratchOutOfRange(let k): "M[\(k)] does not exist: scratch memory ends with M[15]"
            case .scratchNotStored(let k): "M[\(k)] is loaded, but not every path to it stores it first"
            case .jumpPastEnd(let target): "jumps to instruction \(target), past the end"
            case .jumpsBack: "the program jumps back, which the kernel rejects ('protochain' compiles to a loop)"
            case .unknownExtension(let offset):
                "offset 0x\(String(offset, radix: 16)) is in the range of the extensions (from 0xfffff000), but is "
                    + "none of them"
            case .endsWithoutReturn: "the last instruction must be a return"
            }
        if reason == .jumpsBack { return text }
        return instruction.map { "instruction \($0): \(text)" } ?? text
    }
}
