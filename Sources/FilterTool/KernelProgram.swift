public import BPF

/// A program in the form that the kernel receives.
public struct KernelProgram {
    public let program: Program
    /// What the kernel accepts in addition to the filter; not nil if lists of hosts are too long for the kernel.
    public let superset: KernelUnion.Superset?

    public init(of program: Program) throws {
        guard !program.lists.isEmpty else {
            (self.program, superset) = (program, nil)
            return
        }
        let union = try KernelUnion([VerifiedProgram(program)], keeping: ExpressionCompiler.maximumSnapLength)
        (self.program, superset) = (union.program, union.superset)
    }
}
