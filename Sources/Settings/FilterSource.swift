public import BPF

/// What decides about packets: a program, or an expression, which becomes another program for each link type.
public enum FilterSource: Equatable, Hashable, Sendable {
    case program(Program)
    case expression(String)

    /// The expression; nil where there is none.
    public var expression: String? {
        if case .expression(let expression) = self { expression } else { nil }
    }

    /// Its program as `compiler` makes it.
    public func program(with compiler: ExpressionCompiler) throws(FilterError) -> Program {
        switch self {
        case .program(let program): program
        case .expression(let expression): try compiler.compile(expression)
        }
    }
}
