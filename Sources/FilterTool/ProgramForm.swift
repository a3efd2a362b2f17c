package import BPF

/// A notation of programs.
package enum ProgramForm: String, CaseIterable, Sendable {
    /// The assembly language of the kernel's bpf_asm.
    case assembly = "asm"
    /// The lines of a C array, as in `tcpdump -dd`.
    case c
    /// Decimal numbers, as in `tcpdump -ddd`.
    case decimal
    /// A listing as in `tcpdump -d`. It cannot be read back; neither can `dot`.
    case listing
    /// The flow graph, for Graphviz.
    case dot
}

extension Program {
    /// The program in a notation. A flow graph requires a valid program.
    package func text(_ form: ProgramForm) throws(VerifierError) -> String {
        switch form {
        case .assembly: assembly
        case .c: cArray
        case .decimal: decimal
        case .listing: listing
        case .dot: FlowGraph(try VerifiedProgram(self)).dot
        }
    }
}
