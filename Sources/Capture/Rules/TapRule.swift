public import BPF
import CLinux
public import Linux
public import Pcap

/// A tap: what one socket on an interface is to do for the captures that share it.
public struct TapRule: Equatable, Sendable {
    public var interface: Interface
    public var ring: RingGeometry
    public var captures: [CapturePlan] { didSet { program = nil } }
    public var processors: Processors
    /// Which of the `ring.workers` taps that share the interface's packets by flow this is.
    public var worker = 0
    /// The kernel's program, once it has been made: making one of many filters takes a while.
    private var program: Program?

    public init(
        interface: Interface, ring: RingGeometry, captures: [CapturePlan], processors: Processors = Processors()
    ) {
        (self.interface, self.ring, self.captures) = (interface, ring, captures)
        self.processors = processors
    }

    /// The same for each worker.
    public var workers: [TapRule] {
        (0..<ring.workers).map { worker in
            var rule = self
            rule.worker = worker
            return rule
        }
    }

    /// Whether the socket asks for packets that are meant for others.
    var isPromiscuous: Bool { captures.contains(where: \.promiscuous) }

    /// Whether the kernel leaves out sent packets before any filter: no capture wants one.
    var ignoresOutgoing: Bool { captures.allSatisfy { !types(of: $0).contains(.outgoing) } }

    private func types(of capture: CapturePlan) -> PacketTypes {
        capture.types(on: interface, promiscuousTap: isPromiscuous)
    }

    /// Which packets of the socket each capture wants, in their order.
    func filters() throws(FilterError) -> [VerifiedProgram] {
        let ignoresOutgoing = ignoresOutgoing
        return try captures.map { capture throws(FilterError) in
            var types = types(of: capture)
            if ignoresOutgoing { types.insert(.outgoing) }  // none comes: no need to ask
            guard types != .all else { return capture.filter }
            return try VerifiedProgram(checking: capture.filter.program.restricted(to: types))
        }
    }

    /// Makes the kernel's program and asks the kernel about it; throws its refusal.
    public mutating func prepare() throws(FilterError) {
        let made = try kernelProgram()
        try made.checkWithKernel()
        // One capture's may have to keep different lengths, and is made at once.
        if captures.count > 1 { program = made }
    }

    /// What the kernel is asked about every packet: whether any capture wants it. It keeps as much as the longest snap length
    /// asks for, and as much as the filters look at, as it may have to be said again whose a packet is; `reach` is how much
    /// others look at, who are asked meanwhile.
    public func kernelProgram(reach: UInt32 = 0) throws(FilterError) -> Program {
        if let program { return reach == 0 ? program : program.keeping(atLeast: reach) }
        let filters = try filters()
        let length = max(captures.map(\.rule.snapLength).max() ?? 0, TapRule.reach(of: filters), reach)
        if TapRule.lookUp(filters) { return try TapRule.union(of: filters, keeping: length).program }
        guard filters.count > 1 else { return filters[0].program.limited(to: length) }
        let limited = try filters.map { filter throws(FilterError) in
            try VerifiedProgram(checking: filter.program.keeping(length))
        }
        do {
            return try Program.union(limited).program
        } catch {
            throw FilterError("\(error)")
        }
    }

    /// What says which captures want a packet that the kernel's program accepts.
    func classifier() throws(FilterError) -> Classifier {
        Classifier(try filters(), superset: superset)
    }

    /// What the kernel's program accepts beside what the captures want; nil where that is nothing.
    private var superset: KernelUnion.Superset? {
        guard let filters = try? filters(), TapRule.lookUp(filters) else { return nil }
        return try? TapRule.union(of: filters, keeping: 0xffff).superset
    }

    /// Whether any of the filters has a list of hosts.
    private static func lookUp(_ filters: [VerifiedProgram]) -> Bool {
        filters.contains { !$0.program.lists.isEmpty }
    }

    private static func union(
        of filters: [VerifiedProgram], keeping length: UInt32
    ) throws(FilterError) -> KernelUnion {
        let union: KernelUnion
        do { union = try KernelUnion(filters, keeping: length) } catch { throw FilterError("\(error)") }
        if union.superset != nil && !filters.allSatisfy(\.isReproducible) {
            throw FilterError(
                "a list of hosts that is too long for the kernel cannot stand beside what only the kernel knows of a packet "
                    + "(shorten the list)")
        }
        return union
    }

    /// How many bytes of a packet say whose it is. One capture is asked about only when its filter has changed, and where
    /// that may look anywhere, takes what it cannot judge: whole packets would be a high price all the time. With a list of hosts
    /// it may be asked about always.
    static func reach(of filters: [VerifiedProgram]) -> UInt32 {
        guard filters.count > 1 || lookUp(filters) else { return filters[0].reach ?? 0 }
        return filters.reduce(0) { max($0, $1.reach ?? .max) }
    }
}

extension VerifiedProgram {
    /// The program, if the kernel's rules allow it.
    public init(checking program: Program) throws(FilterError) {
        do {
            try self.init(program)
        } catch {
            throw FilterError("\(error)")
        }
    }
}

extension Interface {
    /// How its frames begin; nil for a kind that Holdfast does not capture. See linux/if_arp.h.
    public var linkType: LinkType? {
        switch Int32(hardwareType) {
        case ARPHRD_ETHER, ARPHRD_LOOPBACK: .ethernet
        case ARPHRD_NONE, ARPHRD_RAWIP: .rawIP
        case ARPHRD_IEEE80211_RADIOTAP: .radiotap
        default: nil
        }
    }
}
