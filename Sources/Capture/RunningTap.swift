import BPF
import BasicContainers
import Linux

/// A tap whose threads run. Letting go of it waits for them to end, so order `stop` and await `.ended` first.
///
/// Belongs to the control plane's loop; what it shares with the tap's threads is made for that.
public final class RunningTap {
    /// Its number in `.ended`.
    public var index: Int { ending.index }
    public private(set) var rule: TapRule
    /// How large the ring became; smaller than `rule.ring` where the kernel lacked the memory.
    public let ring: RingGeometry
    private let socket: PacketSocket
    private let orders: TapOrders
    private let counters: TapCounters
    /// In the order of `rule.captures`, which is the order of the stores.
    private var outlets: [Outlet]
    /// Those of captures that the tap no longer serves, until their writer has ended.
    private var leaving: [Outlet] = []
    /// Those of captures that it was to serve and then was not, until their writer has ended.
    private var unheard: [Outlet] = []
    /// What comes next, once it is in force.
    private var prepared: Prepared?
    /// Says whose a packet is.
    private var classifier: Classifier
    /// What the socket was told.
    private var (isOutgoingIgnored, isPromiscuous): (Bool, Bool)
    /// The filter that decides as the one in force does, and keeps less.
    private var narrower: Program?
    /// Whether it was ordered to stop: it serves nobody new any more.
    public private(set) var isStopping = false
    private let drainer: DedicatedThread
    private let ending: TapEnding
    private let report: CaptureReport

    /// How it will be.
    private struct Prepared: ~Copyable {
        var rule: TapRule
        var change: TapChange
        /// Those that stay, and behind them those that begin.
        var outlets: [Outlet]
        var keptCount: Int
        /// The filter, and one that keeps enough of a packet to ask the captures before, too.
        var program: Program
        var wider: Program
        /// Whether the kernel was asked to take it, and whether it did.
        var isBegun = false
        var isAttached = false
    }

    init(
        _ rule: TapRule, ring: RingGeometry, socket: PacketSocket, orders: TapOrders, counters: TapCounters,
        outlets: [Outlet], classifier: Classifier, drainer: consuming DedicatedThread, ending: TapEnding,
        report: @escaping CaptureReport
    ) {
        (isOutgoingIgnored, isPromiscuous) = (rule.ignoresOutgoing, rule.isPromiscuous)
        self.classifier = classifier
        (self.rule, self.ring, self.socket, self.orders) = (rule, ring, socket, orders)
        (self.counters, self.outlets, self.ending, self.report) = (counters, outlets, ending, report)
        self.drainer = drainer
    }

    /// What happened to its packets so far.
    public var counts: TapCounts { counters.counts }
    /// How much of its ring was full whenever a block was taken out of it, in eighths.
    public var ringFill: Histogram { counters.ringFill.histogram }
    /// And to those of each capture it serves, or served until now.
    public var captures: [CaptureRecord] { (leaving + outlets).map(\.record) }

    /// What counts its losses: of its ring, and of each capture it serves, or served until now.
    public var losses: [LossMeter] {
        [counters.ringLosses] + (leaving + outlets).flatMap { [$0.counters.holdLosses, $0.counters.diskLosses] }
    }

    /// What each of its threads is at, by the thread's name.
    public var steps: [(thread: String, step: ThreadStep)] {
        let writers = (leaving + outlets).map { outlet in
            ("capture \(outlet.source.capture) on \(outlet.source.interface)", outlet.counters.progress.step)
        }
        return [("tap on \(rule.interface.name)", counters.progress.step)] + writers
    }

    // Changing what it does: `prepare`, `attach`, then `serve` or `dismiss`; `settle` when all of it is over.

    /// Makes all that serving the captures of `next` takes. What can fail, fails here, or in `attach`.
    public func prepare(_ next: TapRule, retentions: Retentions) throws(TapError) {
        guard let linkType = next.interface.linkType else { throw .unknownLinkType(next.interface) }
        let wanted = Dictionary(next.captures.map { ($0.rule.name, $0) }) { first, _ in first }
        var change = TapChange(classifier: classifier)
        var rule = next
        rule.captures = []
        var outlets: [Outlet] = []
        for (index, capture) in self.rule.captures.enumerated() {
            let name = capture.rule.name
            guard let plan = wanted[name], plan.rule.buffers == capture.rule.buffers, let retention = retentions[name]
            else {
                change.removed.insert(index, at: 0)
                continue
            }
            outlets.append(self.outlets[index])
            rule.captures.append(plan)
            if plan.rule != capture.rule { change.rules.append((index, plan.rule, retention)) }
        }
        let keptCount = outlets.count
        let stays = Set(rule.captures.map(\.rule.name))
        for plan in next.captures where !stays.contains(plan.rule.name) { rule.captures.append(plan) }
        let (program, wider): (Program, Program)
        do throws(FilterError) {
            change.classifier = Classifier(try rule.filters())
            program = try next.kernelProgram()
            // Until it is known who is served, the captures before are asked, too.
            wider = try next.kernelProgram(reach: TapRule.reach(of: self.rule.filters()))
        } catch {
            throw .filter(error, interface: rule.interface.name)
        }
        for (place, plan) in rule.captures.enumerated().dropFirst(keptCount) {
            guard let retention = retentions[plan.rule.name] else { continue }
            do {
                let outlet = try Outlet(plan.rule, retention: retention, interface: next.interface)
                let cpu = next.processors.writer(worker: next.worker, place: place)
                try outlet.start(
                    plan.rule, worker: next.worker, tapCounters: counters, ending: ending, cpu: cpu, report: report)
                change.added.append(outlet.store(for: plan.rule, linkType: linkType))
                outlets.append(outlet)
            } catch {
                giveUp(outlets[keptCount...])
                throw .system(error)
            }
        }
        prepared = Prepared(
            rule: rule, change: change, outlets: outlets, keptCount: keptCount, program: program, wider: wider)
    }

    /// Puts the filter that is prepared in force in the kernel, in place of the one before, at once: no packet that both want
    /// is lost, doubled or delayed. The tap's captures do not change yet. Where the kernel has no room for both, every packet
    /// comes for a moment, and the drain thread, which asks the classifier from before, drops what nobody wants.
    public func attach() throws(TapError) {
        guard let next = prepared?.rule, let program = prepared?.wider else { return }
        prepared?.isBegun = true
        orders.filterWillChange()
        try attach(program)
        prepared?.isAttached = true
        try configure(for: next)
    }

    private func attach(_ program: Program) throws(TapError) {
        let canBeAsked = rule.captures.allSatisfy(\.filter.isReproducible)
        do { try socket.attach(program, passingAllMeanwhile: canBeAsked) } catch {
            throw .filter(error, interface: rule.interface.name)
        }
    }

    /// Lets come to the filter what `rule` wants.
    private func configure(for rule: TapRule) throws(TapError) {
        do {
            if rule.ignoresOutgoing != isOutgoingIgnored { try socket.ignoreOutgoing(rule.ignoresOutgoing) }
            isOutgoingIgnored = rule.ignoresOutgoing
            if rule.isPromiscuous != isPromiscuous { try socket.setPromiscuous(rule.isPromiscuous) }
            isPromiscuous = rule.isPromiscuous
        } catch {
            throw .system(error)
        }
    }

    /// Serves the captures that are prepared; their filter must be in force. Captures that were there before go on, in their
    /// segment where their rule lets them; `acknowledge` is called when every packet that comes from then on is theirs alone.
    public func serve(acknowledge: @escaping @Sendable () -> Void) {
        guard let next = prepared.take() else { return acknowledge() }
        leaving += next.change.removed.map { outlets[$0] }
        (outlets, rule, classifier) = (next.outlets, next.rule, next.change.classifier)
        narrower = next.program == next.wider ? nil : next.program
        give(next.change, acknowledge: acknowledge)
    }

    /// Gives up what is prepared, should anything be: the captures go on as they are, and their filter is in force again.
    public func dismiss() throws(TapError) {
        guard let next = prepared.take() else { return }
        giveUp(next.outlets[next.keptCount...])
        guard next.isBegun else { return }
        if next.isAttached {
            let program: Program
            do { program = try rule.kernelProgram() } catch { throw .filter(error, interface: rule.interface.name) }
            try attach(program)
        }
        try configure(for: rule)
        give(TapChange(classifier: classifier)) {}
    }

    /// Every tap has taken the change over: nobody is asked any more who needs more of a packet than its captures.
    public func settle() {
        guard let program = narrower.take() else { return }
        // If the kernel has no room beside the one in force, that one does, too.
        try? socket.attach(program)
    }

    private func give(_ change: consuming TapChange, acknowledge: @escaping @Sendable () -> Void) {
        change.acknowledge = { [orders] in
            orders.filterIsKnown()
            acknowledge()
        }
        orders.give(.change(change))
    }

    /// Ends writers that nobody has heard of yet.
    private func giveUp(_ outlets: ArraySlice<Outlet>) {
        for outlet in outlets { outlet.exchange.close() }
        unheard += outlets
    }

    /// The writer of a capture that this tap no longer serves has ended; returns its last record, or nil when it is served
    /// and ends with the tap.
    public func captureEnded(_ outlet: ObjectIdentifier) -> CaptureRecord? {
        if let index = leaving.firstIndex(where: { $0.id == outlet }) { return leaving.remove(at: index).record }
        unheard.removeAll { $0.id == outlet }
        return nil
    }

    /// Ends the open segment of a capture; false when it serves none of that name. Returns at once.
    public func rotate(_ capture: String, acknowledge: @escaping Sealed) -> Bool {
        guard outlets.contains(where: { $0.source.capture == capture }) else { return false }
        orders.give(.rotate(SegmentRotation(capture: capture, acknowledge: acknowledge)))
        return true
    }

    // Stopping

    /// Stops reception, drains what the kernel has accepted, writes and seals it. Returns at once; `.ended` comes when it
    /// is done.
    public func stop() {
        isStopping = true
        orders.stop()
    }

    /// Stops at once: each thread finishes the write it is doing; the rest is counted as lost.
    public func abandon() {
        isStopping = true
        orders.abandon()
        for outlet in leaving + outlets { outlet.exchange.abandon() }
    }
}
