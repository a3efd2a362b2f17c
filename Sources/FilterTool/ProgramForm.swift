public import BPF

/// How a program is written.
public enum ProgramForm: String, CaseIterable, Sendable {
    /// As the kernel's bpf_asm reads it.
    case assembly = "asm"
    /// The lines of a C array, as of `tcpdump -dd`.
    case c
    /// As of `tcpdump -ddd`.
    case decimal
    /// As of `tcpdump -d`. Only to be read by people, like the next.
    case listing
    /// Its flow graph, for Graphviz.
    case dot
}

extension Program {
    /// The program in one of its forms. A graph can only be drawn of a program that follows the rules.
    public func text(_ form: ProgramForm) throws(VerifierError) -> String {
        switch form {
        case .assembly: assembly
        case .c: cArray
        case .decimal: decimal
        case .listing: listing
        case .dot: FlowGraph(try VerifiedProgram(self)).dot
        }
    }
}
