public import BPF
public import Linux

/// The compilers of filters for the interfaces of this machine, each opened when it is first asked for, and kept.
///
/// What libpcap makes of an expression depends on the kind of interface, not on the interface, so one compiler serves all of a
/// kind: a reload opens none, and the start as many as there are kinds.
public final class FilterCompilers {
    private var opened: [Kind: ExpressionCompiler] = [:]

    /// Interfaces for which an expression means the same program.
    private struct Kind: Hashable {
        var hardwareType: UInt16
        /// One whose frames carry a switch's tags, which libpcap knows how to skip, is a kind of its own.
        var conduit: String?
    }

    public init() {}

    /// The compiler for packets of `interface`, which must be up the first time. Needs CAP_NET_RAW then.
    public func compiler(for interface: Interface) throws(FilterError) -> ExpressionCompiler {
        let kind = Kind(
            hardwareType: interface.hardwareType, conduit: interface.hasSwitchTags ? interface.name : nil)
        if let compiler = opened[kind] { return compiler }
        let compiler = try ExpressionCompiler(interface: interface.name)
        opened[kind] = compiler
        return compiler
    }
}
