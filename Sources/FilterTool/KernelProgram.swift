package import BPF

/// A program in the form that the kernel receives.
package struct KernelProgram {
    package let program: Program
    /// What the kernel accepts in addition to the filter; not nil if lists of hosts are too long for the kernel.
    package let superset: KernelUnion.Superset?

    package init(of program: Program) throws {
        guard !program.lists.isEmpty else {
            (self.program, superset) = (program, nil)
            return
        }
        let union = try KernelUnion([VerifiedProgram(program)], keeping: ExpressionCompiler.maximumSnapLength)
        (self.program, superset) = (union.program, union.superset)
    }
}
