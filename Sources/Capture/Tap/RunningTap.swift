public import BPF
import BasicContainers
import Linux

/// A tap whose threads run. Letting go of it waits for them to end, so order `stop` and await `.ended` first.
///
/// Belongs to the control plane's loop; what it shares with the tap's threads is made for that.
public final class RunningTap {
    /// Its number in `.ended`.
    public var index: Int { started.ending.index }
    public private(set) var rule: TapRule
    /// How large the ring became; smaller than `rule.ring` where the kernel lacked the memory.
    public var ring: RingGeometry { started.ring }
    private let started: StartedTap
    /// In the order of `rule.captures`, which is the order of the stores.
    private var outlets: [CapturePipeline]
    /// Those of captures that the tap no longer serves, until their writer has ended.
    private var leaving: [CapturePipeline] = []
    /// Those of captures that it was to serve and then was not, until their writer has ended.
    private var unheard: [CapturePipeline] = []
    /// Says whose a packet is.
    private var classifier: Classifier
    /// What the socket was told.
    private var (isOutgoingIgnored, isPromiscuous): (Bool, Bool)
    /// The filter that decides as the one in force does, and keeps less.
    private var narrower: Program?
    /// Whether it was ordered to stop: it serves nobody new any more.
    public private(set) var isStopping = false
    /// Whether it was told to receive packets.
    public private(set) var hasReceived = false

    private var socket: PacketSocket { started.socket }
    private var orders: TapCommands { started.orders }
    private var counters: TapCounters { started.counters }

    public init(_ started: consuming StartedTap) {
        (rule, outlets, classifier) = (started.rule, started.outlets, started.classifier)
        (isOutgoingIgnored, isPromiscuous) = (rule.ignoresOutgoing, rule.isPromiscuous)
        self.started = started
    }

    /// Lets packets come. `group` is what workers of one interface share: nil before the first of them.
    public func receive(group: inout UInt16?) throws(TapError) {
        hasReceived = true
        do throws(SystemError) {
            try socket.startReception()
            if rule.ring.workers > 1 { try socket.join(&group) }
        } catch {
            throw .system(error)
        }
        guard rule.ring.workers > 1 else { return }
        do { try socket.attach(try rule.kernelProgram()) } catch {
            throw .filter(error, interface: rule.interface.name)
        }
    }

    /// What happened to its packets so far.
    public var counts: TapCounts { counters.counts }
    /// What the kernel's filter accepts beside what the captures want; nil where that is nothing.
    public var superset: KernelUnion.Superset? { classifier.superset }
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

    // Changing what it does: a `TapChangeover` of `state`, `attach`, then `serve` or `dismiss`; `settle` when all of it is over.

    /// What a changeover is made from.
    public var state: TapState {
        TapState(
            index: index, rule: rule, outlets: outlets, classifier: classifier, counters: counters,
            ending: started.ending, report: started.report)
    }

    /// Puts the changeover's filter in force in the kernel, in place of the one before, at once: no packet that both want
    /// is lost, doubled or delayed. The tap's captures do not change yet. Where the kernel has no room for both, every packet
    /// comes for a moment, and the drain thread, which asks the classifier from before, drops what no capture wants.
    public func attach(_ next: inout TapChangeover) throws(TapError) {
        next.isBegun = true
        orders.filterWillChange()
        try attach(next.wider)
        next.isAttached = true
        try configure(for: next.rule)
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

    /// Serves the captures of the changeover, whose filter must be in force. Captures that were there before go on, in their
    /// segment where their rule lets them; `acknowledge` is called when every packet that comes from then on is theirs alone.
    public func serve(_ next: consuming TapChangeover, acknowledge: @escaping @Sendable () -> Void) {
        leaving += next.change.removed.map { outlets[$0] }
        (outlets, rule, classifier) = (next.outlets, next.rule, next.change.classifier)
        narrower = next.program == next.wider ? nil : next.program
        give(next.change, acknowledge: acknowledge)
    }

    /// Gives a changeover up: the captures go on as they are, and their filter is in force again.
    public func dismiss(_ next: consuming TapChangeover) throws(TapError) {
        for outlet in next.begun { outlet.exchange.close() }
        unheard += next.begun
        guard next.isBegun else { return }
        if next.isAttached {
            let program: Program
            do { program = try rule.kernelProgram() } catch { throw .filter(error, interface: rule.interface.name) }
            try attach(program)
        }
        try configure(for: rule)
        give(TapChange(classifier: classifier)) {}
    }

    /// Keeps writers that were made for this tap and serve nothing, until they have ended.
    public func keep(_ writers: UnheardWriters) { unheard += writers.outlets[index] ?? [] }

    /// Every tap has taken the change over: no filter is asked any more that needs more of a packet than its captures.
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
