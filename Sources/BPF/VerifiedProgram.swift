/// A program that the kernel would take: only the verifier makes one, so whoever holds one can rely on its rules.
///
/// Every jump goes forward and stays inside; the last instruction returns; every scratch word is one of sixteen; constants
/// never divide by zero nor shift out; no operation is `.unknown`. So an interpreter checks the packet's length, nothing else.
public struct VerifiedProgram: Equatable, Hashable, Sendable {
    /// As it was given.
    public let program: Program
    /// Whose machine it was verified for, and is run as.
    public let dialect: Dialect
    /// What the instructions mean, one for one.
    public let operations: [Operation]

    /// The program, if it follows the kernel's rules (bpf_check_classic, net/core/filter.c); the first rule it breaks, in the
    /// order in which the kernel looks, if not.
    ///
    /// In the dialect of libpcap scratch memory starts as zeros, so loading a word before it is stored is no mistake, and
    /// loads from any offset are allowed, since they drop the packet.
    public init(_ program: Program, as dialect: Dialect = .linux) throws(VerifierError) {
        let operations = program.instructions.map(\.operation)
        try Verifier(operations: operations, dialect: dialect, lists: program.lists).check()
        self.program = program
        self.dialect = dialect
        self.operations = operations
    }
}
