package import BPF

/// The source of a filter's program: a program, or an expression, which compiles to a different program for each link
/// type.
package enum FilterSource: Equatable, Hashable, Sendable {
    case program(Program)
    case expression(String)
    /// An expression that refers to lists of hosts.
    case listed(ListedExpression)

    /// The expression, with `@NAME` for each list of hosts; nil for a program.
    package var expression: String? {
        switch self {
        case .program: nil
        case .expression(let expression): expression
        case .listed(let expression): expression.text
        }
    }

    /// Compiles the filter with `compiler`, in at most two seconds.
    ///
    /// `netmask` is that of the interface's network, as a number. The compiler must not be used again after an error
    /// that `isAboutTime`.
    package func program(with compiler: ExpressionCompiler, netmask: UInt32? = nil) throws(FilterError) -> Program {
        switch self {
        case .program(let program): return program
        case .expression(let expression):
            return try CompileLimit.program { () throws(FilterError) in
                try compiler.compile(expression, netmask: netmask)
            }
        case .listed(let expression):
            return try CompileLimit.program { () throws(FilterError) in
                try compiler.compile(expression, netmask: netmask)
            }
        }
    }

    /// Whether the filter depends on the netmask of an interface.
    var needsNetmask: Bool { expression?.contains("broadcast") ?? false }

    /// Checks that the kernel accepts a program of this filter. A program with lists is reduced to the kernel's limit
    /// when a tap needs it.
    static func checkWithKernel(_ program: Program) throws(FilterError) {
        guard !program.lists.isEmpty else { return try program.checkWithKernel() }
        do {
            try KernelUnion.check([try VerifiedProgram(program)])
        } catch {
            throw FilterError("\(error)")
        }
    }
}
