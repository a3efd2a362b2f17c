package import BPF
import BasicContainers
package import Counters
import Linux
package import Rules

/// A tap that runs. Releasing it joins its threads, so call `stop` and await `.ended` first.
///
/// Belongs to the control loop. What it shares with the tap's threads is safe to share.
package final class RunningTap {
    /// The tap's number in `.ended`.
    package var index: Int { started.ending.index }
    package private(set) var rule: TapRule
    /// The ring that the kernel granted; smaller than `rule.ring` if the kernel lacked the memory.
    package var ring: RingGeometry { started.ring }
    private let started: StartedTap
    /// In the order of `rule.captures`, which is the order of the stores.
    private var pipelines: [CapturePipeline]
    /// Pipelines of captures that the tap no longer serves, until their writers have ended.
    private var leaving: [CapturePipeline] = []
    /// Pipelines of captures from dismissed changeovers, until their writers have ended.
    private var unheard: [CapturePipeline] = []
    /// Decides which captures a packet belongs to.
    private var classifier: Classifier
    /// The current options of the socket.
    private var (isOutgoingIgnored, isPromiscuous): (Bool, Bool)
    /// A filter with the same decisions as the current one that keeps fewer bytes.
    private var narrower: Program?
    /// Whether the tap is stopping. A stopping tap accepts no new capture.
    package private(set) var isStopping = false
    /// Whether reception was started.
    package private(set) var hasReceived = false

    private var socket: any TapSocket { started.socket }
    private var commands: TapCommands { started.commands }
    private var counters: TapCounters { started.counters }

    package init(_ started: consuming StartedTap) {
        (rule, pipelines, classifier) = (started.rule, started.pipelines, started.classifier)
        (isOutgoingIgnored, isPromiscuous) = (rule.ignoresOutgoing, rule.isPromiscuous)
        self.started = started
    }

    /// Starts reception. `group` is the fan-out group that the workers of an interface share; nil before the first
    /// one.
    package func receive(group: inout UInt16?) throws(TapError) {
        hasReceived = true
        do throws(SystemError) {
            try socket.startReception()
            if rule.ring.workers > 1 { try socket.join(&group) }
        } catch {
            throw .system(error)
        }
        guard rule.ring.workers > 1 else { return }
        do { try socket.attach(try rule.kernelProgram(), passingAllMeanwhile: false) } catch {
            throw .filter(error, interface: rule.interface.name)
        }
    }

    /// The tap's counts so far (I2).
    package var counts: TapCounts { counters.counts }
    /// What the kernel filter accepts beyond what the captures want; nil if the two are equal.
    package var superset: KernelUnion.Superset? { classifier.superset }
    /// Fill of the ring at each block that was taken, in eighths.
    package var ringFill: Histogram { counters.ringFill.histogram }
    /// The counts of each capture that the tap serves, and of those whose writers have not ended yet.
    package var captures: [CaptureRecord] { (leaving + pipelines).map(\.record) }

    /// The loss meters of the ring, and of each capture that the tap serves or whose writer has not ended yet.
    package var losses: [LossMeter] {
        [counters.ringLosses] + (leaving + pipelines).flatMap { [$0.counters.holdLosses, $0.counters.diskLosses] }
    }

    /// The current step of each thread, by the thread's name.
    package var steps: [(thread: String, step: ThreadStep)] {
        let writers = (leaving + pipelines).map { pipeline in
            ("capture \(pipeline.source.capture) on \(pipeline.source.interface)", pipeline.counters.progress.step)
        }
        return [("tap on \(rule.interface.name)", counters.progress.step)] + writers
    }

    // A reload: a `TapChangeover` from `state`, `attach`, then `serve` or `dismiss`; `narrow` once all taps have
    // switched.

    /// The input of a changeover.
    package var state: TapState {
        TapState(
            index: index, rule: rule, pipelines: pipelines, classifier: classifier, counters: counters,
            ending: started.ending, report: started.report)
    }

    /// Replaces the kernel filter by that of the changeover, atomically: no packet that both filters want is lost,
    /// doubled or delayed (I14). The tap's captures do not change yet. If the kernel has no room for both filters,
    /// every packet enters the ring for a moment; the drain thread, which still has the old classifier, drops what no
    /// capture wants (I1).
    package func attach(_ next: inout TapChangeover) throws(TapError) {
        next.isBegun = true
        commands.filterWillChange()
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

    /// Sets the socket's options so that every packet that `rule` wants reaches the filter.
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

    /// Switches to the captures of the changeover, whose filter must be attached. Captures that stay keep their
    /// segment if their rule permits it. `acknowledge` is called once every later packet belongs to the new captures
    /// alone.
    package func serve(_ next: consuming TapChangeover, acknowledge: @escaping @Sendable () -> Void) {
        leaving += next.change.removed.map { pipelines[$0] }
        (pipelines, rule, classifier) = (next.pipelines, next.rule, next.change.classifier)
        narrower = next.program == next.wider ? nil : next.program
        give(next.change, acknowledge: acknowledge)
    }

    /// Discards a changeover: the captures stay as they are and get their old filter back (I13).
    package func dismiss(_ next: consuming TapChangeover) throws(TapError) {
        for pipeline in next.begun { pipeline.exchange.close() }
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

    /// Keeps the writers that a failed changeover made for this tap, until they have ended.
    package func keep(_ writers: UnheardWriters) { unheard += writers.pipelines[index] ?? [] }

    /// Attaches the narrower filter. Call it when every tap has switched: no old filter needs longer packets any more.
    package func narrow() {
        guard let program = narrower.take() else { return }
        // If the kernel has no room for both, the current filter stays; it decides the same.
        try? socket.attach(program, passingAllMeanwhile: false)
    }

    private func give(_ change: consuming TapChange, acknowledge: @escaping @Sendable () -> Void) {
        change.acknowledge = { [commands] in
            commands.filterIsKnown()
            acknowledge()
        }
        commands.give(.change(change))
    }

    /// Notes that the writer of a capture has ended. Returns the last record if the tap no longer serves the capture;
    /// nil if the capture ends with the tap.
    package func captureEnded(_ pipeline: ObjectIdentifier) -> CaptureRecord? {
        if let index = leaving.firstIndex(where: { $0.id == pipeline }) { return leaving.remove(at: index).record }
        unheard.removeAll { $0.id == pipeline }
        return nil
    }

    /// Seals the open segment of a capture; returns false if the tap serves no capture of that name. Does not wait.
    package func rotate(_ capture: String, acknowledge: @escaping Sealed) -> Bool {
        guard pipelines.contains(where: { $0.source.capture == capture }) else { return false }
        commands.give(.rotate(SegmentRotation(capture: capture, acknowledge: acknowledge)))
        return true
    }

    // Stopping

    /// Stops reception; the threads drain, write and seal what the kernel has accepted. Does not wait: `.ended`
    /// follows.
    package func stop() {
        isStopping = true
        commands.stop()
    }

    /// Stops at once: each thread finishes its current write, and the remaining packets are counted as dropped.
    package func abandon() {
        isStopping = true
        commands.abandon()
        for pipeline in leaving + pipelines { pipeline.exchange.abandon() }
    }
}
