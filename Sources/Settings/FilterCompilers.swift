package import BPF
package import Linux
import Pcap
import Rules
import Synchronization

/// The filter compilers for the interfaces of this host, with the programs that they have compiled.
///
/// Filters are compiled for an interface, so that `vlan`, `inbound` and similar primitives become tests that match
/// live packets. The program then depends on the kind of interface only, so one compiler serves all interfaces of a
/// kind. The start opens a compiler for each kind. A reload opens none and compiles only new filters.
///
/// Any thread, also concurrently. The lock protects lookups only and is not held while libpcap compiles. A compiler in
/// use belongs to one thread; a thread that finds none idle opens another one.
package final class FilterCompilers: Sendable {
    private struct State {
        /// The compilers that are not in use.
        var idle: [InterfaceKind: [ExpressionCompiler]] = [:]
        var made: [Question: VerifiedProgram] = [:]
        /// Programs that the kernel accepts.
        var taken: Set<Program> = []
    }

    private let state = Mutex(State())

    /// A kind of interface: those for which an expression compiles to the same program.
    private struct InterfaceKind: Hashable {
        var linkType: LinkType?
        /// The interface's name if its frames carry a switch's tags, which libpcap skips. Such an interface is a kind
        /// of its own.
        var conduit: String?

        init(_ interface: Interface) {
            linkType = interface.linkType
            conduit = interface.hasSwitchTags ? interface.name : nil
        }
    }

    private struct Question: Hashable {
        var source: FilterSource?
        var kind: InterfaceKind
        var netmask: UInt32?
    }

    /// The greatest number of cached programs, far above that of a configuration. A full cache is emptied.
    private static let most = 4096

    /// Opens a compiler for an interface.
    package typealias Open = @Sendable (Interface) throws(FilterError) -> ExpressionCompiler

    private let openCompiler: Open

    /// `open` needs a privilege unless a test replaces it.
    package init(
        open: @escaping Open = { (interface) throws(FilterError) in
            try ExpressionCompiler(interface: interface.name, kernelName: interface.kernelName)
        }
    ) {
        openCompiler = open
    }

    /// Ensures that a compiler for `interface` exists. The first interface of a kind must be up and requires
    /// CAP_NET_RAW.
    package func open(for interface: Interface) throws(FilterError) {
        let kind = InterfaceKind(interface)
        if state.withLock({ $0.idle[kind] != nil }) { return }
        give(back: try openCompiler(interface), kind)
    }

    /// Compiles a filter for packets of `interface` and checks it with the kernel. The program keeps accepted packets
    /// whole; a filter of nil accepts all.
    package func filter(_ source: FilterSource?, on interface: Interface) throws(FilterError) -> VerifiedProgram {
        // An interface without an address has no network, and no broadcast address but 255.255.255.255.
        let netmask = source?.needsNetmask == true ? interface.netmask ?? 0 : nil
        let question = Question(source: source, kind: InterfaceKind(interface), netmask: netmask)
        if let known = state.withLock({ $0.made[question] }) { return known }
        let program: Program =
            if let source {
                try compile(source, on: interface, question)
            } else {
                .acceptAll(length: ExpressionCompiler.maximumSnapLength)
            }
        // The kernel's check comes first: its error explains what is wrong with a program that is too long.
        try check(program)
        let filter = try VerifiedProgram(checking: program)
        state.withLock { state in
            if state.made.count >= FilterCompilers.most { state.made = [:] }
            state.made[question] = filter
        }
        return filter
    }

    /// Checks that the kernel accepts a program, once per program.
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
            compiler = try openCompiler(interface)
        }
        do throws(FilterError) {
            let program = try source.program(with: compiler, netmask: question.netmask)
            give(back: compiler, question.kind)
            return program
        } catch {
            // A compiler that is still running belongs to the abandoned thread, which closes it.
            if !error.isAboutTime { give(back: compiler, question.kind) }
            throw error
        }
    }

    private func give(back compiler: ExpressionCompiler, _ kind: InterfaceKind) {
        state.withLock { $0.idle[kind, default: []].append(compiler) }
    }
}
