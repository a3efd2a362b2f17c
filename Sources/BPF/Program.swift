/// A filter: instructions that return how many bytes of a packet to keep.
public struct Program: Equatable, Hashable, Sendable {
    /// The most instructions the kernel takes (BPF_MAXINSNS, linux/bpf_common.h).
    public static let maximumLength = 4096

    /// From the first on; any number of them, following the kernel's rules or not.
    public let instructions: [Instruction]
    /// The lists that its instructions look addresses up in. A program with lists is not for the kernel (see `KernelUnion`).
    public let lists: [ListUse]

    public init(_ instructions: [Instruction], lists: [ListUse] = []) {
        (self.instructions, self.lists) = (instructions, lists)
    }

    /// Keeps every packet, `length` bytes of each.
    public static func acceptAll(length: UInt32) -> Program { Program([.ret(length)]) }

    /// The same, with a 0 stored in each scratch word that it may load before it stores one, which the kernel does not allow. libpcap
    /// makes such programs (`vlan and pppoes`), and its own machine finds 0 there, as A is at the start.
    var withStoredScratch: Program {
        var program = self
        while case .scratchNotStored(let k) = program.refusal?.reason {
            program = Program([Instruction(.store(.a, k))] + program.instructions, lists: lists)
        }
        return program
    }

    private var refusal: VerifierError? {
        do throws(VerifierError) {
            _ = try VerifiedProgram(self)
            return nil
        } catch {
            return error
        }
    }

    /// Drops every packet.
    public static let rejectAll = Program([.ret(0)])

    /// The same decisions, keeping `length` bytes instead of another number, which must not be 0; `ret a` stays.
    public func keeping(_ length: UInt32) -> Program {
        Program(
            instructions.map { instruction in
                instruction.isReturnConstant && instruction.k > 0 ? .ret(length) : instruction
            }, lists: lists)
    }

    /// The same decisions, keeping `length` bytes where it would be fewer; `ret a` stays.
    public func keeping(atLeast length: UInt32) -> Program {
        Program(
            instructions.map { instruction in
                instruction.isReturnConstant && instruction.k > 0 ? .ret(max(instruction.k, length)) : instruction
            }, lists: lists)
    }

    /// The same decisions, keeping no more than `length` bytes; `ret a` stays. The return value is the snap length of a packet
    /// socket.
    public func limited(to length: UInt32) -> Program {
        Program(
            instructions.map { instruction in
                instruction.isReturnConstant ? .ret(min(instruction.k, length)) : instruction
            }, lists: lists)
    }
}
