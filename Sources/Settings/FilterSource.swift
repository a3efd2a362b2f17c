public import BPF

/// What decides about packets: a program, or an expression, which becomes another program for each link type.
public enum FilterSource: Equatable, Hashable, Sendable {
    case program(Program)
    case expression(String)
    /// An expression with lists of hosts.
    case listed(ListedExpression)

    /// The expression, with `@NAME` for each list of hosts; nil where there is none.
    public var expression: String? {
        switch self {
        case .program: nil
        case .expression(let expression): expression
        case .listed(let expression): expression.text
        }
    }

    /// Its program as `compiler` makes it, in two seconds at most. `netmask` is that of the interface's network, as a
    /// number. After an error that `isAboutTime` the compiler must not be used again.
    public func program(with compiler: ExpressionCompiler, netmask: UInt32? = nil) throws(FilterError) -> Program {
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

    /// Whether what it means depends on the netmask of an interface.
    var needsNetmask: Bool { expression?.contains("broadcast") ?? false }

    /// Asks the kernel whether it takes a program of this filter. One with lists is made to fit when a tap needs it.
    static func checkWithKernel(_ program: Program) throws(FilterError) {
        guard !program.lists.isEmpty else { return try program.checkWithKernel() }
        do {
            try KernelUnion.check([try VerifiedProgram(program)])
        } catch {
            throw FilterError("\(error)")
        }
    }
}
