/// A classic BPF program: instructions that return how many bytes of a packet to keep.
public struct Program: Equatable, Hashable, Sendable {
    /// The maximum number of instructions that the kernel accepts (BPF_MAXINSNS, linux/bpf_common.h).
    public static let maximumLength = 4096

    /// The instructions in order. Their number is not limited, and they need not follow the kernel's rules.
    public let instructions: [Instruction]
    /// The lists that `lookUp` operations refer to. The kernel cannot run a program with lists; see ``KernelUnion``.
    public let lists: [ListUse]

    /// Creates a program. Any instructions are allowed; ``VerifiedProgram`` checks them.
    public init(_ instructions: [Instruction], lists: [ListUse] = []) {
        (self.instructions, self.lists) = (instructions, lists)
    }

    /// A program that keeps `length` bytes of every packet.
    public static func acceptAll(length: UInt32) -> Program { Program([.ret(length)]) }

    /// The same program with a 0 stored in each scratch word that it may load before a store.
    ///
    /// The kernel rejects such loads. libpcap generates them (`vlan and pppoes`), as its own machine initializes
    /// scratch memory to 0.
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

    /// A program that drops every packet.
    public static let rejectAll = Program([.ret(0)])

    /// The same decisions, with `length` bytes to keep instead of any other non-zero constant. Does not change
    /// `ret a`.
    public func keeping(_ length: UInt32) -> Program {
        Program(
            instructions.map { instruction in
                instruction.isReturnConstant && instruction.k > 0 ? .ret(length) : instruction
            }, lists: lists)
    }

    /// The same decisions, with at least `length` bytes to keep. Does not change `ret a`.
    public func keeping(atLeast length: UInt32) -> Program {
        Program(
            instructions.map { instruction in
                instruction.isReturnConstant && instruction.k > 0 ? .ret(max(instruction.k, length)) : instruction
            }, lists: lists)
    }

    /// The same decisions, with at most `length` bytes to keep. Does not change `ret a`.
    ///
    /// On a packet socket, the return value is the snap length.
    public func limited(to length: UInt32) -> Program {
        Program(
            instructions.map { instruction in
                instruction.isReturnConstant ? .ret(min(instruction.k, length)) : instruction
            }, lists: lists)
    }
}
