import BPF
import Pcap
import Synchronization

/// Checks that libpcap compiles an expression, and that the running kernel accepts the program.
enum FilterCheck {
    /// Checks a filter without an interface. The file alone does not determine the filter's interfaces, so one link
    /// type that accepts the expression suffices. If none does, the error is the one for Ethernet, the most likely
    /// link type.
    static func check(_ source: FilterSource) throws(FilterError) { try FilterSource.checkWithKernel(program(source)) }

    /// The packets that the kernel's program of a checked filter accepts and the filter does not, if the filter is
    /// alone on a tap; nil if there are none.
    static func superset(of source: FilterSource) -> KernelUnion.Superset? {
        guard case .listed = source, let program = try? VerifiedProgram(program(source)) else { return nil }
        return try? KernelUnion([program], keeping: ExpressionCompiler.maximumSnapLength).superset
    }

    /// Caches programs: most filters do not change at a reload.
    private static let known = Mutex<[FilterSource: Program]>([:])
    private static let most = 4096

    private static func program(_ source: FilterSource) throws(FilterError) -> Program {
        if let program = known.withLock({ $0[source] }) { return program }
        let program = try compiled(source)
        known.withLock { known in
            if known.count >= most { known = [:] }
            known[source] = program
        }
        return program
    }

    private static func compiled(_ source: FilterSource) throws(FilterError) -> Program {
        do throws(FilterError) {
            return try compile(source, for: .ethernet)
        } catch {
            guard !error.isAboutTime else { throw error }
            for other in [LinkType.rawIP, .radiotap] {
                if let program = try? compile(source, for: other) { return program }
            }
            throw FilterError("libpcap: \(error)")
        }
    }

    /// Compiles without an interface, so any netmask serves: 255.255.255.0.
    private static func compile(_ source: FilterSource, for linkType: LinkType) throws(FilterError) -> Program {
        try source.program(with: ExpressionCompiler(dataLinkType: linkType.dataLinkType), netmask: 0xffff_ff00)
    }
}
