public import BPF
import Capture
public import Linux
import Pcap
import Synchronization

/// The compilers of filters for the interfaces of this machine, each opened when it is first asked for, and kept, with what it
/// has made.
///
/// Filters are compiled on an interface, so that `vlan`, `inbound` and the like become tests that match live packets. What libpcap
/// makes of an expression then depends on the kind of interface, not on the interface, so one compiler serves all of a kind:
/// the start opens as many as there are kinds, a reload none, and it compiles only what is new.
///
/// Any thread may ask, and several at once. The lock is held for a look at what is known, never while libpcap compiles: a compiler
/// at work is nobody else's, and who finds none opens another one.
public final class FilterCompilers: Sendable {
    private struct State {
        /// Those that are not at work.
        var idle: [ValueParser: [ExpressionCompiler]] = [:]
        var made: [Question: VerifiedProgram] = [:]
        /// Programs that the kernel takes.
        var taken: Set<Program> = []
    }

    private let state = Mutex(State())

    /// Interfaces for which an expression means the same program.
    private struct ValueParser: Hashable {
        var linkType: LinkType?
        /// One whose frames carry a switch's tags, which libpcap knows how to skip, is a kind of its own.
        var conduit: String?

        init(_ interface: Interface) {
            linkType = interface.linkType
            conduit = interface.hasSwitchTags ? interface.name : nil
        }
    }

    private struct Question: Hashable {
        var source: FilterSource?
        var kind: ValueParser
        var netmask: UInt32?
    }

    /// How many programs are kept: more than a configuration has, so that they are forgotten now and then.
    private static let most = 4096

    public init() {}

    /// Makes sure that there is a compiler for `interface`, which must be up if it is the first of its kind. Needs CAP_NET_RAW
    /// then.
    public func open(for interface: Interface) throws(FilterError) {
        let kind = ValueParser(interface)
        if state.withLock({ $0.idle[kind] != nil }) { return }
        give(back: try ExpressionCompiler(interface: interface.name, kernelName: interface.kernelName), kind)
    }

    /// The program of a filter for packets of `interface`, which keeps accepted ones whole; nil accepts all. The kernel has been
    /// asked whether it takes it.
    public func filter(_ source: FilterSource?, on interface: Interface) throws(FilterError) -> VerifiedProgram {
        // Without an address it has no network, and no broadcast but 255.255.255.255.
        let netmask = source?.needsNetmask == true ? interface.netmask ?? 0 : nil
        let question = Question(source: source, kind: ValueParser(interface), netmask: netmask)
        if let known = state.withLock({ $0.made[question] }) { return known }
        let program: Program =
            if let source {
                try compile(source, on: interface, question)
            } else {
                .acceptAll(length: ExpressionCompiler.maximumSnapLength)
            }
        // The kernel goes first: its words say what is wrong with a program that is too long.
        try check(program)
        let filter = try VerifiedProgram(checking: program)
        state.withLock { state in
            if state.made.count >= FilterCompilers.most { state.made = [:] }
            state.made[question] = filter
        }
        return filter
    }

    /// Asks the kernel whether it takes a program, unless it was asked before.
    func check(_ program: Program) throws(FilterError) {
        guard !state.withLock({ $0.taken.contains(program) }) else { return }
        try FilterSource.checkWithKernel(program)
        state.withLock { state in
            if state.taken.count >= FilterCompilers.most { state.taken = [] }
            state.taken.insert(program)
        }
    }

    private func compile(
        _ source: FilterSource, on interface: Interface, _ question: Question
    ) throws(FilterError) -> Program {
        if case .program(let program) = source { return program }
        let compiler: ExpressionCompiler
        if let idle = state.withLock({ $0.idle[question.kind]?.popLast() }) {
            compiler = idle
        } else {
            compiler = try ExpressionCompiler(interface: interface.name, kernelName: interface.kernelName)
        }
        do throws(FilterError) {
            let program = try source.program(with: compiler, netmask: question.netmask)
            give(back: compiler, question.kind)
            return program
        } catch {
            // One that is still at work is the abandoned thread's, and closed by that.
            if !error.isAboutTime { give(back: compiler, question.kind) }
            throw error
        }
    }

    private func give(back compiler: ExpressionCompiler, _ kind: ValueParser) {
        state.withLock { $0.idle[kind, default: []].append(compiler) }
    }
}
