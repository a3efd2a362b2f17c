public import BPF
import Pcap
public import Settings

extension FilterSource {
    /// What is meant by an argument: `@NAME`, a named filter of the configuration, or else an expression.
    public init(_ argument: String, configuration path: String) throws {
        self =
            argument.hasPrefix("@")
            ? try Settings.load(path).filter(named: String(argument.dropFirst())).source : .expression(argument)
    }

    /// Its program for a link type.
    func program(for linkType: LinkType) throws -> VerifiedProgram {
        switch self {
        case .program(let program): try VerifiedProgram(program)
        case .expression, .listed:
            try VerifiedProgram(compiled(with: ExpressionCompiler(dataLinkType: linkType.dataLinkType)))
        }
    }

    /// Its program as `compiler` makes it; a refusal says whose words it has. `netmask` is that of the interface's network, as
    /// a number.
    public func compiled(with compiler: ExpressionCompiler, netmask: UInt32? = nil) throws(CommandError) -> Program {
        do {
            return try program(with: compiler, netmask: netmask)
        } catch {
            throw CommandError(error.isAboutTime ? "\(error)" : "libpcap says: \(error)")
        }
    }
}
