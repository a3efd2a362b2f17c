package import BPF
import Pcap
package import Settings

extension FilterSource {
    /// The filter of an argument: `@NAME` is a named filter of the configuration, everything else an expression.
    package init(_ argument: String, configuration path: String) throws {
        self =
            argument.hasPrefix("@")
            ? try Settings.load(path).filter(named: String(argument.dropFirst())).source : .expression(argument)
    }

    /// The verified program for a link type.
    func program(for linkType: LinkType) throws -> VerifiedProgram {
        switch self {
        case .program(let program): try VerifiedProgram(program)
        case .expression, .listed:
            try VerifiedProgram(compiled(with: ExpressionCompiler(dataLinkType: linkType.dataLinkType)))
        }
    }

    /// The program that `compiler` generates. An error names libpcap if the message is libpcap's.
    ///
    /// `netmask` belongs to the interface's network, as a number.
    package func compiled(with compiler: ExpressionCompiler, netmask: UInt32? = nil) throws(CommandError) -> Program {
        do {
            return try program(with: compiler, netmask: netmask)
        } catch {
            throw CommandError(error.isAboutTime ? "\(error)" : "libpcap: \(error)")
        }
    }
}
