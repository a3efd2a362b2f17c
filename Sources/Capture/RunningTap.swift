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
    /// Whether it was ordered to stop: it serves nobody new any more.
    public private(set) var isStopping = false
    private let drainer: DedicatedThread
    private let ending: TapEnding
    private let report: CaptureReport

    init(
        _ rule: TapRule, ring: RingGeometry, socket: PacketSocket, orders: TapOrders, counters: TapCounters,
        outlets: [Outlet], drainer: consuming DedicatedThread, ending: TapEnding, report: @escaping CaptureReport
    ) {
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

    /// What each of its threads is at, by the thread's name.
    public var steps: [(thread: String, step: ThreadStep)] {
        let writers = (leaving + outlets).map { outlet in
            ("capture \(outlet.source.capture) on \(outlet.source.interface)", outlet.counters.progress.step)
        }
        return [("tap on \(rule.interface.name)", counters.progress.step)] + writers
    }

    // Changing what it does

    /// Puts the filter of `next` in force in the kernel, in place of the one before, at once: no packet that both want is
    /// lost, doubled or delayed. The tap's captures do not change yet. On failure the filter before stays.
    public func attach(_ next: TapRule) throws(TapError) {
        do {
            try socket.attach(next.kernelProgram())
        } catch {
            throw .filter(error, interface: rule.interface.name)
        }
        do {
            if next.ignoresOutgoing != rule.ignoresOutgoing { try socket.ignoreOutgoing(next.ignoresOutgoing) }
            if next.isPromiscuous != rule.isPromiscuous { try socket.setPromiscuous(next.isPromiscuous) }
        } catch {
            throw .system(error)
        }
    }

    /// Serves the captures of `next`; its filter must be in force. Captures that both rules have go on, in their segment where
    /// their rule lets them; `acknowledge` is called when every packet that comes from then on is theirs alone.
    public func serve(
        _ next: TapRule, retentions: Retentions, acknowledge: @escaping @Sendable () -> Void
    ) throws(TapError) {
        guard let linkType = next.interface.linkType else { throw .unknownLinkType(next.interface) }
        let wanted = Dictionary(next.captures.map { ($0.rule.name, $0) }) { first, _ in first }
        var rule = next
        rule.captures = []
        var (kept, removed): ([Outlet], [Int]) = ([], [])
        var rules: [(index: Int, rule: CaptureRule, retention: Retention)] = []
        for (index, capture) in self.rule.captures.enumerated() {
            let name = capture.rule.name
            guard let plan = wanted[name], plan.rule.buffers == capture.rule.buffers, let retention = retentions[name]
            else {
                removed.insert(index, at: 0)
                continue
            }
            kept.append(outlets[index])
            rule.captures.append(plan)
            if plan.rule != capture.rule { rules.append((index, plan.rule, retention)) }
        }
        let stays = Set(rule.captures.map(\.rule.name))
        var stores = UniqueArray<Store>()
        var added: [Outlet] = []
        for plan in next.captures where !stays.contains(plan.rule.name) {
            guard let retention = retentions[plan.rule.name] else { continue }
            do {
                let outlet = try Outlet(plan.rule, retention: retention, interface: next.interface)
                let cpu = next.processors.writer(worker: next.worker, place: rule.captures.count)
                try outlet.start(plan.rule, tapCounters: counters, ending: ending, cpu: cpu, report: report)
                stores.append(outlet.store(for: plan.rule, linkType: linkType))
                added.append(outlet)
            } catch {
                for outlet in added { outlet.exchange.close() }
                throw .system(error)
            }
            rule.captures.append(plan)
        }
        let classifier: Classifier
        do {
            classifier = Classifier(try rule.filters())
        } catch {
            throw .filter(error, interface: next.interface.name)
        }
        leaving += removed.map { outlets[$0] }
        (outlets, self.rule) = (kept + added, rule)
        orders.give(
            .change(
                TapChange(
                    rules: rules, removed: removed, added: stores, classifier: classifier, acknowledge: acknowledge)))
    }

    /// The writer of a capture that this tap no longer serves has ended; returns its last record, or nil when it is served
    /// and ends with the tap.
    public func captureEnded(_ source: CaptureSource) -> CaptureRecord? {
        guard let index = leaving.firstIndex(where: { $0.source == source }) else { return nil }
        return leaving.remove(at: index).record
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
