package import BPF
import CLinux
package import Linux
package import Pcap

/// What one tap does: its interface, its ring, and the captures that share it.
package struct TapRule: Equatable, Sendable {
    package var interface: Interface
    package var ring: RingGeometry
    package var captures: [CapturePlan] { didSet { program = nil } }
    package var processors: Processors
    /// The tap's place among the `ring.workers` taps that share the interface's packets by flow.
    package var worker = 0
    /// The kernel program, once made: merging many filters takes time.
    private var program: Program?

    package init(
        interface: Interface, ring: RingGeometry, captures: [CapturePlan], processors: Processors = Processors()
    ) {
        (self.interface, self.ring, self.captures) = (interface, ring, captures)
        self.processors = processors
    }

    /// The same rule for each worker.
    package var workers: [TapRule] {
        (0..<ring.workers).map { worker in
            var rule = self
            rule.worker = worker
            return rule
        }
    }

    /// Whether the tap asks the interface for packets addressed to other hosts.
    package var isPromiscuous: Bool { captures.contains(where: \.promiscuous) }

    /// Whether the kernel discards sent packets before any filter, because no capture wants one.
    package var ignoresOutgoing: Bool { captures.allSatisfy { !types(of: $0).contains(.outgoing) } }

    private func types(of capture: CapturePlan) -> PacketTypes {
        capture.types(on: interface, promiscuousTap: isPromiscuous)
    }

    /// The filter of each capture on this socket, in the order of `captures`.
    package func filters() throws(FilterError) -> [VerifiedProgram] {
        let ignoresOutgoing = ignoresOutgoing
        return try captures.map { capture throws(FilterError) in
            var types = types(of: capture)
            if ignoresOutgoing { types.insert(.outgoing) }  // none arrives: no test needed
            guard types != .all else { return capture.filter }
            return try VerifiedProgram(checking: capture.filter.program.restricted(to: types))
        }
    }

    /// Makes the kernel program and has the kernel check it. Throws the kernel's refusal.
    package mutating func prepare() throws(FilterError) {
        let made = try kernelProgram()
        try made.checkWithKernel()
        // The program of a single capture is cheap to make, and may be needed with different lengths.
        if captures.count > 1 { program = made }
    }

    /// The merged filter of the tap. It keeps as many bytes as the longest snap length and as the filters read,
    /// because the classifier may have to repeat the decision. `reach` is the number of bytes that other filters
    /// read, which classify the same packets during a reload.
    package func kernelProgram(reach: UInt32 = 0) throws(FilterError) -> Program {
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

    /// Makes the classifier for the packets that the kernel program accepts.
    package func classifier() throws(FilterError) -> Classifier {
        Classifier(try filters(), superset: superset)
    }

    /// What the kernel program accepts beyond what the captures want; nil if the two are equal.
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
                "a list of hosts that is too long for the kernel cannot be combined with a test that only the "
                    + "kernel can make (shorten the list)")
        }
        return union
    }

    /// Bytes of a packet that the classifier reads. A single capture is classified only after a change of its filter.
    /// If that filter may read any byte, the capture keeps what cannot be judged, because keeping whole packets would
    /// always cost too much. With a list of hosts, every packet may have to be classified.
    package static func reach(of filters: [VerifiedProgram]) -> UInt32 {
        guard filters.count > 1 || lookUp(filters) else { return filters[0].reach ?? 0 }
        return filters.reduce(0) { max($0, $1.reach ?? .max) }
    }
}

extension VerifiedProgram {
    /// Verifies the program against the kernel's rules; throws what they forbid.
    package init(checking program: Program) throws(FilterError) {
        do {
            try self.init(program)
        } catch {
            throw FilterError("\(error)")
        }
    }
}

extension Interface {
    /// The kind of the interface's frames; nil for a kind that Holdfast does not capture. See linux/if_arp.h.
    package var linkType: LinkType? {
        switch Int32(hardwareType) {
        case ARPHRD_ETHER, ARPHRD_LOOPBACK: .ethernet
        case ARPHRD_NONE, ARPHRD_RAWIP: .rawIP
        case ARPHRD_IEEE80211_RADIOTAP: .radiotap
        default: nil
        }
    }

    /// What an operator reads about an interface without a `linkType`.
    package var unsupportedLinkType: String {
        "cannot capture on interface \(name): its link type is not supported (ARPHRD type \(hardwareType)); Ethernet, "
            + "loopback, raw IP and 802.11 with radiotap are"
    }
}
