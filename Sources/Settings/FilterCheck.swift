import BPF
import Pcap

/// Whether an expression can become a filter here: libpcap compiles it, and the running kernel takes the program.
enum FilterCheck {
    /// Which interface a filter will meet is not known from the file alone, so one kind that accepts it is enough. An
    /// expression that none accepts is refused in the words for Ethernet, the kind most likely meant.
    static func check(_ expression: String) throws(FilterError) { try program(expression).checkWithKernel() }

    private static func program(_ expression: String) throws(FilterError) -> Program {
        do throws(FilterError) {
            return try compile(expression, for: .ethernet)
        } catch {
            for other in [LinkType.rawIP, .radiotap] {
                if let program = try? compile(expression, for: other) { return program }
            }
            throw FilterError("libpcap says: \(error)")
        }
    }

    private static func compile(_ expression: String, for linkType: LinkType) throws(FilterError) -> Program {
        try ExpressionCompiler(dataLinkType: linkType.dataLinkType).compile(expression)
    }
}
