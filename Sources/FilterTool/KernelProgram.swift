public import BPF

/// A program as the kernel gets it.
public struct KernelProgram {
    public let program: Program
    /// What it accepts beside what the filter does: of lists of hosts that are too long for the kernel.
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
