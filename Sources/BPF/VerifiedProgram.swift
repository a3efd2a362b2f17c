/// A program that follows the kernel's rules. Only the verifier creates one, so its users can rely on the rules.
///
/// Every jump leads forward and stays inside the program. The last instruction is a return. Scratch indices are below
/// 16, and constants neither divide by zero nor shift by 32 or more. No operation is `.unknown`. An interpreter
/// therefore only has to check the packet's length.
public struct VerifiedProgram: Equatable, Hashable, Sendable {
    /// The program as passed to the initializer.
    public let program: Program
    /// The semantics that the program was verified for and is executed with.
    public let dialect: Dialect
    /// The decoded instructions, one operation for each.
    public let operations: [Operation]

    /// Verifies a program by the kernel's rules (bpf_check_classic, net/core/filter.c).
    ///
    /// Throws the first violation, in the order of the kernel's checks. In the dialect of libpcap, scratch memory is
    /// initialized to 0, so a load before a store is allowed. So are loads from any offset, because they drop the
    /// packet.
    public init(_ program: Program, as dialect: Dialect = .linux) throws(VerifierError) {
        let operations = program.instructions.map(\.operation)
        try Verifier(operations: operations, dialect: dialect, lists: program.lists).check()
        self.program = program
        self.dialect = dialect
        self.operations = operations
    }
}
