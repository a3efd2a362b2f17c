import BPF
import Pcap
import Synchronization

/// Whether an expression can become a filter here: libpcap compiles it, and the running kernel takes the program.
enum FilterCheck {
    /// Which interface a filter will meet is not known from the file alone, so one kind that accepts it is enough. An
    /// expression that none accepts is refused in the words for Ethernet, the kind most likely meant.
    static func check(_ source: FilterSource) throws(FilterError) { try FilterSource.checkWithKernel(program(source)) }

    /// What the kernel's program of a filter that was checked accepts beside what the filter does, were it alone on a tap.
    static func superset(of source: FilterSource) -> KernelUnion.Superset? {
        guard case .listed = source, let program = try? VerifiedProgram(program(source)) else { return nil }
        return try? KernelUnion([program], keeping: ExpressionCompiler.maximumSnapLength).superset
    }

    /// What was compiled before need not be again: a reload finds most filters as they were.
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
            throw FilterError("libpcap says: \(error)")
        }
    }

    /// A netmask is as good as another where there is no interface yet: 255.255.255.0.
    private static func compile(_ source: FilterSource, for linkType: LinkType) throws(FilterError) -> Program {
        try source.program(with: ExpressionCompiler(dataLinkType: linkType.dataLinkType), netmask: 0xffff_ff00)
    }
}
