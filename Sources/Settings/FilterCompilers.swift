public import BPF
import Capture
public import Linux
import Synchronization

/// The compilers of filters for the interfaces of this machine, each opened when it is first asked for, and kept, with what it
/// has made.
///
/// Filters are compiled on an interface, so that `vlan`, `inbound` and the like become tests that match live packets. What libpcap
/// makes of an expression then depends on the kind of interface, not on the interface, so one compiler serves all of a kind:
/// the start opens as many as there are kinds, a reload none, and it compiles only what is new.
public final class FilterCompilers: Sendable {
    fileprivate struct State {
        var opened: [Kind: ExpressionCompiler] = [:]
        var made: [Question: VerifiedProgram] = [:]
        /// Programs that the kernel takes.
        var taken: Set<Program> = []
    }

    private let state = Mutex(State())

    /// Interfaces for which an expression means the same program.
    fileprivate struct Kind: Hashable {
        var hardwareType: UInt16
        /// One whose frames carry a switch's tags, which libpcap knows how to skip, is a kind of its own.
        var conduit: String?

        init(_ interface: Interface) {
            hardwareType = interface.hardwareType
            conduit = interface.hasSwitchTags ? interface.name : nil
        }
    }

    fileprivate struct Question: Hashable {
        var source: FilterSource?
        var kind: Kind
    }

    /// How many programs are kept: more than a configuration has, so that they are forgotten now and then.
    fileprivate static let most = 4096

    public init() {}

    /// Makes sure that there is a compiler for `interface`, which must be up if it is the first of its kind. Needs CAP_NET_RAW
    /// then.
    public func open(for interface: Interface) throws(FilterError) {
        try state.withLock { state throws(FilterError) in _ = try state.compiler(of: interface) }
    }

    /// The program of a filter for packets of `interface`, which keeps accepted ones whole; nil accepts all. The kernel has been
    /// asked whether it takes it.
    public func filter(_ source: FilterSource?, on interface: Interface) throws(FilterError) -> VerifiedProgram {
        try state.withLock { state throws(FilterError) in try state.filter(source, on: interface) }
    }

    /// Asks the kernel whether it takes a program, unless it was asked before.
    func check(_ program: Program) throws(FilterError) {
        try state.withLock { state throws(FilterError) in try state.check(program) }
    }
}

extension FilterCompilers.State {
    fileprivate mutating func filter(
        _ source: FilterSource?, on interface: Interface
    ) throws(FilterError) -> VerifiedProgram {
        let question = FilterCompilers.Question(source: source, kind: FilterCompilers.Kind(interface))
        if let known = made[question] { return known }
        let program =
            try source?.program(with: compiler(of: interface))
            ?? .acceptAll(length: ExpressionCompiler.maximumSnapLength)
        // The kernel goes first: its words say what is wrong with a program that is too long.
        try check(program)
        let filter = try VerifiedProgram(checking: program)
        if made.count >= FilterCompilers.most { made = [:] }
        made[question] = filter
        return filter
    }

    fileprivate mutating func check(_ program: Program) throws(FilterError) {
        guard !taken.contains(program) else { return }
        try program.checkWithKernel()
        if taken.count >= FilterCompilers.most { taken = [] }
        taken.insert(program)
    }

    fileprivate mutating func compiler(of interface: Interface) throws(FilterError) -> ExpressionCompiler {
        let kind = FilterCompilers.Kind(interface)
        if let compiler = opened[kind] { return compiler }
        let compiler = try ExpressionCompiler(interface: interface.name, kernelName: interface.kernelName)
        opened[kind] = compiler
        return compiler
    }
}
