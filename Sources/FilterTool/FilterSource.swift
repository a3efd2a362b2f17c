public import BPF
import Pcap
import Settings

/// What decides about packets: a program, or an expression, which becomes another program for each link type.
public enum FilterSource: Equatable, Sendable {
    case program(Program)
    case expression(String)

    /// What is meant by an argument: `@NAME`, a named filter of the configuration, or else an expression.
    public init(_ argument: String, configuration path: String) throws {
        self = .expression(
            argument.hasPrefix("@")
                ? try Settings.load(path).filter(named: String(argument.dropFirst())).expression : argument)
    }

    /// Its program for a link type.
    func program(for linkType: LinkType) throws -> VerifiedProgram {
        switch self {
        case .program(let program): try VerifiedProgram(program)
        case .expression: try VerifiedProgram(program(with: ExpressionCompiler(dataLinkType: linkType.dataLinkType)))
        }
    }

    /// Its program as `compiler` makes it.
    public func program(with compiler: ExpressionCompiler) throws(Complaint) -> Program {
        switch self {
        case .program(let program): return program
        case .expression(let expression):
            do {
                return try compiler.compile(expression)
            } catch {
                throw Complaint("libpcap says: \(error)")
            }
        }
    }
}
